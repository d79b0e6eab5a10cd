/** A layer of features drawn by its style: areas, hatched zones, lines and points. */

import L from 'leaflet';
import type { Feature, Language, Mark } from '../contract';
import { h } from '../dom';
import type { LayerData } from '../feature';
import { nameOf } from '../feature';
import { type Form, formOf } from '../form';
import { hatch, markIcon } from '../mark';
import { isIn, polygonsOf } from '../polygon';
import { classOf, NO_DATA_FILL, symbolOf } from '../style';
import type { Marks, PointMark } from './marks';
import type { Click, MapView, Pane } from './view';

export interface VectorEvents {
  /** `click` is given where other marks may be meant as well. */
  pick: (feature: Feature, at: L.LatLng, click?: Click) => void;
  hover: (feature: Feature | null) => void;
  /** What is told below the name of what the pointer is on. */
  tip?: (feature: Feature) => string | null;
}

export function paneOf(data: LayerData, form: Form): Pane {
  if (form === 'land') return 'land';
  if (form === 'point') return 'points';
  if (form === 'zone') return 'zones';
  return data.collection['altai:theme'] === 'water' ? 'water' : 'areas';
}

type Drawn = L.Path | L.Marker;

const FADED = 0.12;

/** Rarer marks lie above more frequent ones: Leaflet adds at most a screen's height to this. */
const RAREST = 1_000_000;

/** The ground of the krai, seen where its municipalities are switched off. */
const LAND_COLOUR = 'var(--land)';

export class VectorLayer {
  readonly form: Form;
  readonly pane: string;
  private readonly group: L.FeatureGroup = L.featureGroup();
  private readonly drawn = new Map<string, Drawn>();
  private readonly points: PointMark[] = [];
  private readonly outlines: L.Layer[] = [];
  private language: Language = 'ru';
  private fillVisible = true;
  private plain = false;
  private litClass: number | null = null;
  /** How the layer looks now, if not by its own style. */
  private look: LayerData | null = null;

  constructor(
    private readonly view: MapView,
    private readonly marks: Marks,
    readonly data: LayerData,
    private readonly events: VectorEvents,
    kind: Pane = paneOf(data, formOf(data)),
  ) {
    this.pane = view.paneOf(data.collection.id, kind);
    this.form = formOf(data);
    for (const feature of readingOrder(data.features)) this.draw(feature);
    if (data.collection.id === 'krai') this.drawOutline();
    this.group.on('add', () => this.announce());
  }

  show(): void {
    this.group.addTo(this.view.leaflet);
    if (this.form === 'point') this.marks.show(this.data.collection.id, this.points);
  }

  hide(): void {
    this.group.remove();
    this.marks.hide(this.data.collection.id);
  }

  /** Draw all of it as opaque as this, 0 to 1. */
  fade(opacity: number): void {
    this.group.eachLayer((layer) => {
      if (layer instanceof L.Marker) layer.setOpacity(opacity);
      else if (layer instanceof L.Path) layer.getElement()?.setAttribute('opacity', String(opacity));
    });
  }

  speak(language: Language): void {
    this.language = language;
    this.announce();
  }

  find(id: string): Feature | undefined {
    return this.data.features.find((feature) => String(feature.id) === id);
  }

  /** What lies at a place: areas that hold it, and lines that pass within so many pixels. */
  at(place: L.LatLng, reach: number): Feature[] {
    if (this.form === 'point') return [];
    const point = this.view.leaflet.latLngToLayerPoint(place);
    return this.data.features.filter((feature) => {
      const path = this.drawn.get(String(feature.id));
      if (!(path instanceof L.Polyline) || !path.options.interactive) return false;
      if (path instanceof L.Polygon)
        return polygonsOf(feature).some((rings) => isIn(rings, [place.lng, place.lat]));
      return (path.closestLayerPoint(point)?.distanceTo(point) ?? Number.POSITIVE_INFINITY) <= reach;
    });
  }

  /** A point of the feature to hang its popup on; null for a feature without geometry. */
  anchor(feature: Feature): L.LatLng | null {
    if (!feature.geometry) return null;
    const drawn = this.drawn.get(String(feature.id));
    if (drawn instanceof L.Marker) return L.geoJSON(feature.geometry).getBounds().getCenter();
    return drawn instanceof L.Polyline
      ? insideOf(drawn)
      : L.geoJSON(feature.geometry).getBounds().getCenter();
  }

  /** Take geometries of more detail: those of the features themselves, for that all who hold one have it. */
  refine(finer: readonly Feature[]): void {
    for (const { id, geometry } of finer) {
      const own = this.find(String(id))?.geometry;
      if (own && geometry) Object.assign(own, geometry);
    }
    for (const feature of this.data.features) {
      const path = this.drawn.get(String(feature.id));
      if (!(path instanceof L.Polyline) || !feature.geometry || !('coordinates' in feature.geometry))
        continue;
      const { type, coordinates } = feature.geometry;
      const depth = { MultiPolygon: 2, Polygon: 1, MultiLineString: 1 }[type as string] ?? 0;
      path.setLatLngs(L.GeoJSON.coordsToLatLngs(coordinates as unknown[], depth));
    }
    for (const outline of this.outlines.splice(0)) this.group.removeLayer(outline);
    if (this.data.collection.id === 'krai') this.drawOutline();
  }

  /** Fade all but one class of the legend; null lights everything again. */
  light(index: number | null): void {
    this.litClass = index;
    this.restyle();
  }

  /** Draw the areas by other data of the same features; null brings the layer's own style back. */
  recolour(look: LayerData | null): void {
    this.look = look;
    this.restyle();
  }

  /** Areas without colours of their own: the ground of circles. */
  setPlain(plain: boolean): void {
    if (plain === this.plain) return;
    this.plain = plain;
    this.restyle();
  }

  /** Areas keep their borders, and their answer to the pointer, when their fill makes room for a raster. */
  setFillVisible(visible: boolean): void {
    if (visible === this.fillVisible) return;
    this.fillVisible = visible;
    this.restyle();
  }

  private restyle(): void {
    if (this.form !== 'area') return;
    const { features, style } = this.look ?? this.data;
    for (const feature of features) {
      const path = this.drawn.get(String(feature.id));
      const fill = this.plain ? LAND_COLOUR : symbolOf(style, feature.properties).fill;
      if (path instanceof L.Path)
        path.setStyle({
          ...(fill && { fillColor: fill }),
          fillOpacity: this.fillOpacity(feature),
          ...this.border(feature),
        });
    }
  }

  /** Without their fill the borders have to be seen on the colours of a raster. */
  private border(feature: Feature): L.PathOptions {
    const mark = symbolOf((this.look ?? this.data).style, feature.properties);
    if (!this.fillVisible) return { color: '#57534a', weight: Math.max(mark.width, 0.8) };
    return { color: mark.stroke ?? '#000000', weight: mark.width };
  }

  private fillOpacity(feature: Feature): number {
    const { style } = this.look ?? this.data;
    const mark = symbolOf(style, feature.properties);
    if (this.plain) return this.fillVisible ? 1 : 0;
    if (!mark.fill || !this.fillVisible) return 0;
    if (mark.fill === NO_DATA_FILL && this.litClass === null) return 1;
    if (this.litClass === null || style.kind !== 'classes') return mark.opacity;
    return classOf(feature.properties?.[style.field], style.breaks) === this.litClass ? mark.opacity : FADED;
  }

  private draw(feature: Feature): void {
    const { geometry } = feature;
    if (!geometry) return;
    const mark = symbolOf(this.data.style, feature.properties);
    const drawn = this.form === 'point' ? this.marker(feature, mark) : this.path(feature, mark);
    if (!drawn) return;
    drawn.addTo(this.group);
    this.drawn.set(String(feature.id), drawn);
    if (drawn.options.interactive) this.listen(drawn, feature);
  }

  private marker(feature: Feature, mark: Mark): L.Marker | null {
    if (feature.geometry?.type !== 'Point') return null;
    const [lon, lat] = feature.geometry.coordinates;
    if (lon === undefined || lat === undefined) return null;
    // What answers the pointer is no larger than what is drawn: neighbours may be close.
    const size = Math.ceil(mark.radius * 2.2);
    const icon = L.divIcon({
      className: 'mark',
      html: markIcon(mark) as unknown as HTMLElement,
      iconSize: [size, size],
      popupAnchor: [0, -mark.radius],
    });
    const marker = L.marker([lat, lon], {
      icon,
      pane: this.pane,
      interactive: true,
      keyboard: true,
      riseOnHover: true,
      riseOffset: 2 * RAREST,
      zIndexOffset: Math.round(RAREST / this.likes(feature)),
    });
    const { id } = this.data.collection;
    this.points.push({ layer: id, feature, marker, at: marker.getLatLng(), radius: mark.radius });
    return marker;
  }

  /** How many features of the layer are drawn alike. */
  private likes(feature: Feature): number {
    const { features, style } = this.data;
    if (style.kind !== 'categories') return features.length;
    const value = feature.properties?.[style.field];
    return features.filter((each) => each.properties?.[style.field] === value).length;
  }

  private path(feature: Feature, mark: Mark): L.Path | null {
    if (!feature.geometry) return null;
    const options = this.pathOptions(feature, mark);
    const layer = L.geoJSON(feature.geometry, options as L.GeoJSONOptions).getLayers()[0];
    if (!(layer instanceof L.Path)) return null;
    return layer.setStyle(options);
  }

  private pathOptions(feature: Feature, mark: Mark): L.PathOptions {
    const named = nameOf(feature, this.data.collection, 'ru') !== null;
    const options: L.PathOptions = {
      pane: this.pane,
      renderer: this.view.renderer(this.pane),
      interactive: this.form !== 'land' && named,
      color: mark.stroke ?? '#000000',
      stroke: mark.stroke !== null && mark.width > 0 && this.data.collection.id !== 'krai',
      weight: mark.width,
      opacity: 1,
      fill: mark.fill !== null,
      fillColor: mark.fill ?? '#000000',
      fillOpacity: mark.opacity,
      lineJoin: 'round',
      ...(mark.dash.length > 0 && { dashArray: mark.dash.join(' ') }),
    };
    if (this.form === 'line') return { ...options, fill: false, opacity: mark.opacity };
    if (this.form === 'land' && !mark.fill)
      return { ...options, fill: true, fillColor: LAND_COLOUR, className: 'home' };
    if (this.form === 'zone') {
      const colour = mark.stroke ?? mark.fill ?? '#555555';
      // A dashed border tells a zone within a zone: stripes over stripes would tell nothing.
      const fillColor = mark.dash.length > 0 ? 'transparent' : hatch(colour);
      return {
        ...options,
        color: colour,
        stroke: true,
        fill: true,
        fillColor,
        fillOpacity: 0.6,
        className: 'zone',
      };
    }
    return mark.fill === NO_DATA_FILL ? { ...options, fillOpacity: 1 } : options;
  }

  /** The krai's border is seen above the municipalities, its land lies below them. */
  private drawOutline(): void {
    for (const feature of this.data.features) {
      const mark = symbolOf(this.data.style, feature.properties);
      if (!feature.geometry) continue;
      const options: L.PathOptions = {
        pane: 'outline',
        renderer: this.view.renderer('outline'),
        interactive: false,
        color: mark.stroke ?? '#6f6a5f',
        weight: Math.max(mark.width, 1.6),
        fill: false,
      };
      const outline = L.geoJSON(feature.geometry, { ...options, style: options } as L.GeoJSONOptions);
      this.outlines.push(outline);
      this.group.addLayer(outline);
    }
  }

  private listen(drawn: Drawn, feature: Feature): void {
    drawn.on('click', (event: L.LeafletMouseEvent) => {
      L.DomEvent.stopPropagation(event);
      const place = drawn instanceof L.Marker ? this.anchor(feature) : null;
      if (place) this.events.pick(feature, place, this.view.click(event.originalEvent));
      else this.events.pick(feature, event.latlng, this.view.click(event.originalEvent));
    });
    drawn.on('mouseover', () => this.events.hover(feature));
    drawn.on('mouseout', () => this.events.hover(null));
    drawn.bindTooltip(() => this.label(feature), {
      sticky: !(drawn instanceof L.Marker),
      direction: 'top',
      offset: drawn instanceof L.Marker ? [0, -8] : [0, -6],
      className: 'name-tip',
    });
  }

  /** The name as an element: Leaflet would take a string for markup. */
  private label(feature: Feature): HTMLElement {
    const told = this.events.tip?.(feature);
    return h('span', {}, this.name(feature), ...(told ? [' ', h('small', {}, told)] : []));
  }

  private name(feature: Feature): string {
    return nameOf(feature, this.data.collection, this.language) ?? this.data.collection.title;
  }

  /** Give every feature that can be opened its spoken name and a place in the order of Tab. */
  private announce(): void {
    for (const feature of this.data.features) {
      const drawn = this.drawn.get(String(feature.id));
      const element = drawn?.getElement();
      if (!drawn?.options.interactive || !element) continue;
      const listening = element.hasAttribute('data-fid');
      element.setAttribute('data-layer', this.data.collection.id);
      element.setAttribute('data-fid', String(feature.id));
      // Behind the curtain the same features are drawn once more: they are spoken of once.
      if (this.pane === 'curtain') continue;
      element.setAttribute('role', 'button');
      element.setAttribute('aria-label', this.name(feature));
      element.setAttribute('tabindex', '0');
      if (!listening) this.listenToKeys(element, drawn, feature);
    }
  }

  private listenToKeys(element: Element, drawn: Drawn, feature: Feature): void {
    const at = () => this.anchor(feature);
    element.addEventListener('focus', () => {
      if (!element.matches(':focus-visible')) return;
      const point = at();
      this.events.hover(feature);
      if (point) drawn.openTooltip(drawn instanceof L.Marker ? drawn.getLatLng() : point);
    });
    element.addEventListener('blur', () => {
      this.events.hover(null);
      drawn.closeTooltip();
    });
    element.addEventListener('keydown', (event) => {
      const { key } = event as KeyboardEvent;
      const point = at();
      if ((key !== 'Enter' && key !== ' ') || !point) return;
      event.preventDefault();
      this.events.pick(feature, point);
    });
  }
}

/** Rows of about half a degree from the north, each from the west: how a page is read. */
function readingOrder(features: readonly Feature[]): Feature[] {
  const place = (feature: Feature): [number, number] => {
    if (!feature.geometry) return [0, 0];
    const centre = L.geoJSON(feature.geometry).getBounds().getCenter();
    return [-Math.round(centre.lat * 2), centre.lng];
  };
  return features
    .map((feature) => ({ feature, at: place(feature) }))
    .sort((a, b) => a.at[0] - b.at[0] || a.at[1] - b.at[1])
    .map(({ feature }) => feature);
}

/** The centroid of the largest ring: near enough to the middle of a unit with exclaves. */
function insideOf(path: L.Polyline): L.LatLng {
  if (!(path instanceof L.Polygon)) return path.getBounds().getCenter();
  const parts = path.getLatLngs() as L.LatLng[][] | L.LatLng[][][];
  const rings = (Array.isArray(parts[0]?.[0]) ? parts.map((part) => part[0]) : [parts[0]]) as L.LatLng[][];
  const size = (ring: L.LatLng[]) => {
    const bounds = L.latLngBounds(ring);
    return (bounds.getNorth() - bounds.getSouth()) * (bounds.getEast() - bounds.getWest());
  };
  const largest = rings.reduce((best, ring) => (size(ring) > size(best) ? ring : best));
  return L.PolyUtil.polygonCenter(largest, L.CRS.EPSG3857);
}

/** The Leaflet map itself: panes in drawing order, limits, controls and movement. */

import type { Geometry } from 'geojson';
import L from 'leaflet';
import { h } from '../dom';
import type { Messages } from '../i18n';
import type { View } from '../state';
import { HoldingMap } from './holding';
import { Scale } from './scale';

/** A click in the map's pixels; a finger is less exact than a mouse. */
export interface Click {
  point: L.Point;
  touch: boolean;
}

/** From the ground up; Leaflet's own tooltips (650) and popups (700) stay above. */
const PANES = {
  land: 200,
  osm: 210,
  raster: 300,
  areas: 310,
  /** The areas once more, on the right of a divider. */
  curtain: 311,
  water: 330,
  zones: 340,
  symbols: 560,
  outline: 570,
  highlight: 580,
  crowd: 588,
  labels: 590,
  stems: 595,
  points: 600,
} as const;

export type Pane = keyof typeof PANES;

/** Kinds of layers that cover the ground and have a pane each, so that any of them can lie over any other. */
const SHEETS = new Set<Pane>(['raster', 'areas', 'water', 'zones']);
/** The lowest of these, once they are arranged; each is so much above the one below. */
const LOWEST_SHEET = 300;
const SHEET_STEP = 2;

/** Drawn, but never in the way of the pointer. */
const UNTOUCHED = new Set<string>(['land', 'crowd', 'outline', 'highlight', 'stems'] satisfies Pane[]);

/** Where on the earth, with `lat` and `lng`. */
export type Point = L.LatLng;

export type Bounds = [west: number, south: number, east: number, north: number];

const MIN_ZOOM = 4;
const MAX_ZOOM = 14;
/** Below this zoom the marks of points are drawn smaller. */
const FAR_ZOOM = 6.75;
const MAX_ZOOM_TO_RESULT = 11;

const coarse = matchMedia('(pointer: coarse)');
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

const toLatLngBounds = ([west, south, east, north]: Bounds): L.LatLngBounds =>
  L.latLngBounds([south, west], [north, east]);

export function boundsOf(geometry: Geometry): Bounds {
  const bounds = L.geoJSON(geometry).getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
}

export class MapView {
  readonly leaflet: HoldingMap;
  readonly legendCorner: HTMLElement;
  readonly attribution = h('div', { class: 'attribution', 'data-testid': 'attribution' });
  private readonly zoom = L.control.zoom({ position: 'topright' });
  private readonly homeButton = h('a', { href: '#', role: 'button', class: 'home' }, '⌂');
  private readonly svg = new Map<string, L.SVG>();
  private scale: Scale | null = null;
  private homeBounds: L.LatLngBounds | null = null;
  private space: L.LatLngBounds | null = null;
  private placed = false;

  constructor(container: HTMLElement) {
    this.leaflet = new HoldingMap(container, {
      zoomControl: false,
      attributionControl: false,
      minZoom: MIN_ZOOM,
      maxZoom: MAX_ZOOM,
      zoomSnap: 0.25,
      zoomDelta: 1,
      wheelPxPerZoomLevel: 90,
      maxBoundsViscosity: 0.8,
      zoomAnimation: !reducedMotion.matches,
      fadeAnimation: !reducedMotion.matches,
      markerZoomAnimation: !reducedMotion.matches,
    });
    this.leaflet.whenReady(() => {
      this.placed = true;
    });
    for (const [pane, level] of Object.entries(PANES)) {
      const element = this.leaflet.createPane(pane);
      element.style.zIndex = String(level);
      if (UNTOUCHED.has(pane)) element.style.pointerEvents = 'none';
    }
    // Leaflet stacks the bottom corners upwards.
    this.corner('bottomright', 'attribution-corner').append(this.attribution);
    this.legendCorner = this.corner('bottomright', 'legend-corner');
    this.leaflet.on('zoomend', () => container.classList.toggle('far', this.isFar));
    this.zoom.addTo(this.leaflet);
    this.zoom.getContainer()?.append(this.homeButton);
    L.DomEvent.disableClickPropagation(this.homeButton);
    this.homeButton.addEventListener('click', (event) => {
      event.preventDefault();
      this.showHome();
    });
  }

  /** Put a tool of the map below the buttons of its zoom. */
  addTool(...buttons: HTMLElement[]): void {
    this.corner('topright', 'tool-corner').append(...buttons);
  }

  speak(t: Messages): void {
    const [zoomIn, zoomOut] = this.zoom.getContainer()?.querySelectorAll('a') ?? [];
    for (const [button, label] of [
      [zoomIn, t.zoomIn],
      [zoomOut, t.zoomOut],
      [this.homeButton, t.home],
    ] as const) {
      button?.setAttribute('title', label);
      button?.setAttribute('aria-label', label);
    }
    this.leaflet.getContainer().setAttribute('aria-label', t.map);
    this.scale?.remove();
    this.scale = new Scale({ position: 'bottomleft', imperial: false, maxWidth: 120 }, t.scaleUnits);
    this.scale.addTo(this.leaflet);
  }

  /** The pane's own SVG, so that drawing order is the panes' and not the moment of loading. */
  renderer(pane: string): L.SVG {
    const known = this.svg.get(pane) ?? L.svg({ pane, padding: 0.5 });
    this.svg.set(pane, known);
    return known;
  }

  /** The pane of a layer: one of its own where it covers the ground, else that of all of its kind. */
  paneOf(layer: string, kind: Pane): string {
    if (!SHEETS.has(kind)) return kind;
    const name = `${kind}-${layer}`;
    if (!this.leaflet.getPane(name)) {
      const pane = this.leaflet.createPane(name);
      // Tab goes through the areas first; how panes lie, their levels say.
      if (kind === 'areas') pane.parentElement?.prepend(pane);
      pane.classList.add(`leaflet-${kind}-pane`);
      pane.style.zIndex = String(PANES[kind]);
    }
    return name;
  }

  /** Lay panes one over the other, the first lowest. */
  arrange(panes: readonly string[]): void {
    panes.forEach((name, i) => {
      const pane = this.leaflet.getPane(name);
      if (pane) pane.style.zIndex = String(LOWEST_SHEET + SHEET_STEP * i);
    });
  }

  /** Where the map opens and how far it may be moved. */
  limit(home: Bounds, space: Bounds): void {
    this.homeBounds = toLatLngBounds(home);
    this.space = toLatLngBounds(space).pad(0.4);
    this.leaflet.setMaxBounds(this.space);
  }

  showHome(animate = !reducedMotion.matches): void {
    if (this.homeBounds) this.leaflet.fitBounds(this.homeBounds, { ...this.padding(), animate });
  }

  /** Move the map by so many pixels, wherever that leads. */
  moveBy(offset: L.Point): void {
    const { leaflet } = this;
    const zoom = leaflet.getZoom();
    this.allow(leaflet.unproject(leaflet.project(leaflet.getCenter(), zoom).add(offset), zoom), zoom);
    leaflet.panBy(offset, { animate: !reducedMotion.matches });
  }

  get view(): View {
    const { lat, lng } = this.leaflet.getCenter();
    return { zoom: this.leaflet.getZoom(), lat, lon: lng };
  }

  set view({ zoom, lat, lon }: View) {
    const at = L.latLng(lat, lon);
    // A link may have been made beside what lies over the map.
    if (this.space?.contains(at)) this.allow(at, zoom);
    this.leaflet.setView(at, zoom, { animate: false });
  }

  get zoomLevel(): number {
    return this.leaflet.getZoom();
  }

  get centre(): Point {
    return this.leaflet.getCenter();
  }

  /** Whether the map has a centre and a zoom yet. */
  get isPlaced(): boolean {
    return this.placed;
  }

  /** Whether so much is seen that marks have to be small. */
  get isFar(): boolean {
    return this.leaflet.getZoom() < FAR_ZOOM;
  }

  onMove(listener: () => void): void {
    this.leaflet.on('moveend', listener);
  }

  onClick(listener: (point: L.LatLng) => void): void {
    this.leaflet.on('click', (event: L.LeafletMouseEvent) => listener(event.latlng));
  }

  /** Where in the map a click fell, and whether a finger made it. */
  click(event: MouseEvent): Click {
    const touch = event instanceof PointerEvent && event.pointerType === 'touch';
    return { point: this.leaflet.mouseEventToContainerPoint(event), touch };
  }

  /** The same for a place on the earth. */
  clickAt(at: Point): Click {
    return { point: this.leaflet.latLngToContainerPoint(at), touch: coarse.matches };
  }

  /** Move to a place; resolves when the map has come to rest. */
  fly(target: { bounds?: Bounds | undefined; point?: [number, number] | undefined }): Promise<void> {
    return new Promise((resolve) => {
      const { bounds, point } = target;
      const area = bounds && (bounds[0] !== bounds[2] || bounds[1] !== bounds[3]);
      if (!area && !point) {
        resolve();
        return;
      }
      this.leaflet.once('moveend', () => resolve());
      const animate = !reducedMotion.matches;
      const box =
        area && bounds ? toLatLngBounds(bounds) : L.latLng(point?.[1] ?? 0, point?.[0] ?? 0).toBounds(20_000);
      const options = { ...this.padding(), maxZoom: MAX_ZOOM_TO_RESULT, duration: 0.6 };
      if (animate) this.leaflet.flyToBounds(box, options);
      else this.leaflet.fitBounds(box, { ...options, animate: false });
    });
  }

  /** Move, and draw back where there is no other way, until these are seen beside what lies over the map. */
  reveal(geometries: readonly Geometry[]): void {
    if (geometries.length === 0) return;
    const bounds = L.geoJSON(
      geometries.map((geometry) => ({ type: 'Feature', properties: {}, geometry }) as const),
    ).getBounds();
    if (this.seenBounds.contains(bounds) && !this.isUnderLegend(bounds)) return;
    this.settle(bounds, this.leaflet.getZoom());
  }

  private isUnderLegend(bounds: L.LatLngBounds): boolean {
    const { leaflet } = this;
    const corners = [bounds.getNorthWest(), bounds.getSouthEast()];
    const { left, top } = leaflet.getContainer().getBoundingClientRect();
    const legend = this.legendCorner.getBoundingClientRect();
    const from = L.point(legend.left - left, legend.top - top);
    return (
      legend.height > 0 &&
      L.bounds(corners.map((at) => leaflet.latLngToContainerPoint(at))).overlaps(
        L.bounds(from, from.add([legend.width, legend.height])),
      )
    );
  }

  /** Bring an area into what is seen, at once. */
  show(area: Bounds): void {
    this.settle(toLatLngBounds(area), this.leaflet.getMaxZoom(), false);
  }

  /** Lay an area in the middle of what is seen, no closer than at a zoom. */
  private settle(bounds: L.LatLngBounds, closest: number, animate = !reducedMotion.matches): void {
    const { leaflet } = this;
    const { paddingTopLeft, paddingBottomRight } = this.padding();
    const [before, after] = [L.point(paddingTopLeft), L.point(paddingBottomRight)];
    const zoom = Math.min(leaflet.getBoundsZoom(bounds, false, before.add(after)), closest);
    const corners = [bounds.getSouthWest(), bounds.getNorthEast()].map((at) => leaflet.project(at, zoom));
    const middle = L.bounds(corners).getCenter().add(after.subtract(before).divideBy(2));
    const centre = leaflet.unproject(middle, zoom);
    this.allow(centre, zoom);
    leaflet.setView(centre, zoom, { animate });
  }

  /** Beside what lies over the map its last units are seen only where it may move beyond them. */
  private allow(centre: L.LatLng, zoom: number): void {
    const { leaflet } = this;
    const half = leaflet.getSize().divideBy(2);
    const middle = leaflet.project(centre, zoom);
    const [from, to] = [middle.subtract(half), middle.add(half)].map((at) => leaflet.unproject(at, zoom));
    const { maxBounds } = leaflet.options;
    // Not by setMaxBounds: it would pan at once what is about to be set.
    if (maxBounds && from && to)
      leaflet.options.maxBounds = L.latLngBounds(from, to).extend(maxBounds as L.LatLngBounds);
  }

  /** What is seen beside what lies over the map. */
  get seen(): Bounds {
    const bounds = this.seenBounds;
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  /** Take the map away; what others still mean to draw on it finds no place. */
  remove(): void {
    this.placed = false;
    this.leaflet.remove();
  }

  /** The map's element has another size: its middle stays where it is. */
  resize(): void {
    const { view } = this;
    this.leaflet.invalidateSize({ animate: false });
    this.view = view;
  }

  private get seenBounds(): L.LatLngBounds {
    const { paddingTopLeft, paddingBottomRight } = this.padding();
    const size = this.leaflet.getSize();
    return L.latLngBounds(
      this.leaflet.containerPointToLatLng(L.point(paddingTopLeft)),
      this.leaflet.containerPointToLatLng(size.subtract(L.point(paddingBottomRight))),
    );
  }

  /** Whether tiles are on their way. */
  get isLoading(): boolean {
    let loading = false;
    this.leaflet.eachLayer((layer) => {
      if (layer instanceof L.GridLayer && layer.isLoading()) loading = true;
    });
    return loading;
  }

  /** Room for what lies over the map: the panel on the left and the legend on the right of a wide window. */
  padding(): { paddingTopLeft: L.PointTuple; paddingBottomRight: L.PointTuple } {
    const style = getComputedStyle(this.leaflet.getContainer());
    const covered = (side: string) => Number.parseFloat(style.getPropertyValue(`--covered-${side}`)) || 0;
    return { paddingTopLeft: [covered('left') + 12, 12], paddingBottomRight: [covered('right') + 12, 28] };
  }

  /** Room of one's own in a corner of the map. */
  corner(position: L.ControlPosition, name: string): HTMLElement {
    const element = h('div', { class: `leaflet-control ${name}` });
    const control = new L.Control({ position });
    control.onAdd = () => element;
    control.addTo(this.leaflet);
    L.DomEvent.disableClickPropagation(element);
    L.DomEvent.disableScrollPropagation(element);
    return element;
  }
}

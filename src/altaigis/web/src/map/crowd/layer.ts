/** A layer of so many features that the map draws it out of vector tiles, and asks for one whole when it is opened. */

import L from 'leaflet';
import * as api from '../../api';
import type { Feature } from '../../contract';
import { type LayerData, nameOf } from '../../feature';
import { type Form, formOf } from '../../form';
import { symbolOf } from '../../style';
import { layFlat } from '../flat';
import type { Label, Labels } from '../labels';
import { settlementLabel } from '../settlements';
import { paneOf, type VectorEvents } from '../vector';
import type { Click, MapView } from '../view';
import type { Look } from './painter';
import { type Sheet, Sheets } from './sheets';
import { markScale } from './size';
import { readTile, type Shape, shapesAt } from './tile';

/** How far beside its mark or line a click still means a feature, CSS pixels. */
const REACH = { mouse: 2, touch: 12 } as const;
/** Names that are tried at a time: the largest of those in sight. */
const MOST_LABELS = 250;
const LABELS_AFTER_MS = 120;

/** What lies at a place, as far as a tile tells it. */
export interface Hit {
  layer: string;
  feature: Feature;
  at: L.LatLng;
}

export interface CrowdEvents extends VectorEvents {
  failed: () => void;
}

export class Crowd {
  readonly form: Form;
  readonly pane: string;
  private readonly sheets: Sheets;
  private readonly look: Look;
  private readonly whole = new Map<string, Feature>();
  private readonly idField: string;
  private moving = false;
  private opacity = 1;
  private timer = 0;
  private told = false;

  constructor(
    private readonly view: MapView,
    private readonly labels: Labels,
    readonly data: LayerData,
    version: string,
    private readonly events: CrowdEvents,
  ) {
    const { collection, schema, style } = data;
    this.form = formOf(data);
    this.look = { style, form: this.form, lit: null, hovered: null };
    const fields = Object.entries(schema.properties);
    this.idField = fields.find(([, field]) => field['x-ogc-role'] === 'id')?.[0] ?? '';
    // Names are read over the points, however many there are.
    this.pane = view.paneOf(collection.id, this.form === 'point' ? 'crowd' : paneOf(data, this.form));
    const options: L.GridLayerOptions = {
      pane: this.pane,
      minNativeZoom: collection['altai:minzoom'] ?? 0,
      maxNativeZoom: collection['altai:maxzoom'] ?? 14,
      className: 'crowd',
      keepBuffer: 1,
    };
    const box = collection.extent?.spatial?.bbox[0];
    if (box) options.bounds = L.latLngBounds([box[1], box[0]], [box[3], box[2]]);
    const read = async (coords: L.Coords, signal: AbortSignal) =>
      readTile(await api.tile(collection.id, coords, version, signal), collection.id, this.idField);
    this.sheets = layFlat(new Sheets(options, read, () => this.look));
    this.sheets.on('tileload load', () => this.nameLater());
    this.sheets.on('tileerror', () => this.tell());
    // Names come when the map is at rest: until then each picture is for its movement.
    view.leaflet.on('movestart', () => {
      this.moving = true;
    });
    view.onMove(() => {
      this.moving = false;
      this.nameLater();
    });
    // The hatching of "no data" and the outline are of the page's theme.
    new MutationObserver(() => this.sheets.repaint()).observe(document.documentElement, {
      attributeFilter: ['data-theme'],
    });
  }

  get isShown(): boolean {
    return this.view.leaflet.hasLayer(this.sheets);
  }

  show(): void {
    this.told = false;
    this.sheets.addTo(this.view.leaflet);
  }

  hide(): void {
    this.sheets.remove();
    this.labels.hide(this.data.collection.id);
  }

  fade(opacity: number): void {
    this.opacity = opacity;
    this.sheets.setOpacity(opacity);
    this.nameLater();
  }

  light(index: number | null): void {
    this.look.lit = index;
    this.sheets.repaint();
  }

  /** Outline a feature; null takes the outline away. */
  point(id: string | null): void {
    const before = this.look.hovered;
    if (before === id) return;
    this.look.hovered = id;
    this.sheets.repaint([before, id]);
  }

  /** A feature that has been opened before. */
  find(id: string): Feature | undefined {
    return this.whole.get(id);
  }

  /** The feature with its geometry and all of its values; undefined where there is none. */
  async fetch(id: string): Promise<Feature | undefined> {
    try {
      const feature = await api.item(this.data.collection.id, id);
      this.whole.set(id, feature);
      return feature;
    } catch (cause) {
      if (cause instanceof api.ApiError && cause.status === 404) return undefined;
      throw cause;
    }
  }

  anchor(feature: Feature): L.LatLng | null {
    return feature.geometry ? L.geoJSON(feature.geometry).getBounds().getCenter() : null;
  }

  /** What is drawn at a place of the map, the topmost first. */
  under({ point, touch }: Click): Hit[] {
    const map = this.view.leaflet;
    const { side } = this.sheets;
    const spot = map.containerPointToLatLng(point);
    const reach = touch ? REACH.touch : REACH.mouse;
    const size = markScale(map.getZoom());
    const hits = this.sheets.sheets.flatMap((sheet): Hit[] => {
      const scale = sheet.content.extent / side;
      const at = this.inSheet(sheet, spot);
      const radius = (shape: Shape) => {
        const mark = symbolOf(this.data.style, shape.feature.properties);
        return (reach + (shape.kind === 'point' ? mark.radius * size : mark.width / 2)) * scale;
      };
      return shapesAt(sheet.content.shapes, at.x, at.y, radius).map(({ feature, kind, rings }) => {
        const place = kind === 'point' && rings[0]?.[0] ? this.placeIn(sheet, rings[0][0]) : spot;
        return { layer: this.data.collection.id, feature, at: place };
      });
    });
    // The strip around a tile is in its neighbour, too.
    return hits.filter((hit, i) => hits.findIndex((each) => each.feature.id === hit.feature.id) === i);
  }

  /** A place on the earth in units of a tile; those beyond it are out of range. */
  private inSheet({ coords, content }: Sheet, at: L.LatLng): L.Point {
    const { x, y } = this.view.leaflet.project(at, coords.z);
    const unit = content.extent / 256;
    return L.point(x * unit - coords.x * content.extent, y * unit - coords.y * content.extent);
  }

  private placeIn({ coords, content }: Sheet, { x, y }: { x: number; y: number }): L.LatLng {
    const unit = 256 / content.extent;
    return this.view.leaflet.unproject([coords.x * 256 + x * unit, coords.y * 256 + y * unit], coords.z);
  }

  /** Points that have inhabitants are settlements, and named as those are. */
  private get isNamed(): boolean {
    return this.form === 'point' && 'population' in this.data.schema.properties;
  }

  private nameLater(): void {
    if (!this.isNamed) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.isShown && !this.moving && this.name(), LABELS_AFTER_MS);
  }

  private name(): void {
    const map = this.view.leaflet;
    const [zoom, bounds] = [map.getZoom(), map.getBounds()];
    const labels = this.sheets.sheets.flatMap((sheet) =>
      sheet.content.shapes.flatMap(({ feature, rings }): Label[] => {
        const point = rings[0]?.[0];
        if (!point || !nameOf(feature, this.data.collection, 'ru')) return [];
        const at = this.placeIn(sheet, point);
        const label = settlementLabel(feature, at, this.data, this.events);
        return label && zoom >= label.zooms[0] && bounds.contains(at)
          ? [{ ...label, opacity: this.opacity }]
          : [];
      }),
    );
    const largest = labels.sort((a, b) => b.weight - a.weight).slice(0, MOST_LABELS);
    this.labels.show(this.data.collection.id, largest);
  }

  /** Say once that tiles are missing. */
  private tell(): void {
    if (this.told) return;
    this.told = true;
    this.events.failed();
  }
}

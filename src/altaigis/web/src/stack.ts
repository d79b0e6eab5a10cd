/** The layers that are on: fetched when they are first wanted, drawn, and taken away again. */

import * as api from './api';
import { type Background, isBackground } from './background';
import type { Catalogue } from './catalogue';
import type { ClassesStyle, Collection, Feature, Language, Style } from './contract';
import type { Desk } from './desk';
import { isCrowd, type LayerData, nameOf } from './feature';
import { formOf } from './form';
import type { Crowds } from './map/crowd/crowds';
import type { Crowd, Hit } from './map/crowd/layer';
import type { Highlight } from './map/highlight';
import type { Labels } from './map/labels';
import type { Marks } from './map/marks';
import { background, RasterLayer, type TileEvents } from './map/raster';
import { regionLabels } from './map/regions';
import { Settlements } from './map/settlements';
import { type VectorEvents, VectorLayer } from './map/vector';
import type { Click, Point } from './map/view';
import type { Piece } from './piece';
import type { State } from './state';
import { type Histogram, PLAIN } from './style';

export type OnMap =
  | { kind: 'vector'; layer: VectorLayer | Settlements | Crowd; data: LayerData }
  | { kind: 'raster'; layer: RasterLayer; style: Style };

export interface StackEvents {
  /** What is on, or how it looks, is another. */
  changed: () => void;
  pick: (layer: string, feature: Feature, at: Point, click?: Click) => void;
  hover: (layer: string, feature: Feature | null) => void;
  /** What is told of a feature at the pointer, below its name. */
  tip: (layer: LayerData, feature: Feature) => string | null;
}

export const HOME_LAYER = 'krai';
export const SPACE_LAYER = 'neighbours';
export const LABEL_LAYER = 'settlements';
export const UNITS_LAYER = 'districts';
export const STATIONS_LAYER = 'monitoring_points';
/** From this zoom on, all detail is fetched at once. */
const NEAR_ZOOM = 8;
/** Themes whose areas are the municipalities, told in another way. */
const OF_UNITS = new Set(['statistics', 'analysis']);

export class LayerStack implements Piece {
  readonly on = new Set<string>();
  /** Of layers that are not as opaque as they open, 0 to 1. */
  readonly opacity = new Map<string, number>();
  /** Layers that are wanted and have not come, by their titles, and why. */
  readonly failures = new Map<string, { title: string; cause: unknown }>();
  private readonly known = new Map<string, OnMap>();
  /** Layers that cover the ground, from the top downwards, as somebody has put them. */
  private order: string[] = [];
  /** Layers that have no more detail than the map showed at a zoom. */
  private readonly coarse = new Map<string, number>();
  /** Layers out of tiles, once there is one. */
  private crowds: Crowds | null = null;
  private readonly backgrounds: Record<Background, { show(): void; hide(): void }>;

  constructor(
    private readonly desk: Desk,
    private readonly catalogue: Catalogue,
    private readonly signs: { marks: Marks; labels: Labels; highlight: Highlight },
    private readonly events: StackEvents,
  ) {
    desk.view.onMove(() => void this.refine());
    const outside = (id: Background) =>
      background(
        desk.view,
        id,
        this.tileEvents(id, () => desk.t[id]),
      );
    this.backgrounds = { osm: outside('osm'), satellite: outside('satellite') };
  }

  get state(): State {
    const { opened } = this.catalogue;
    const layers = [...this.on].sort();
    const asOpened = layers.length === opened.length && opened.every((id) => this.on.has(id));
    return {
      ...(!asOpened && { layers }),
      ...(this.opacity.size > 0 && { opacity: Object.fromEntries(this.opacity) }),
      ...(this.order.length > 0 && { order: this.order }),
    };
  }

  async open({ layers, opacity, order = [] }: State): Promise<string[]> {
    this.order = order.filter((id) => this.catalogue.find(id));
    this.opacity.clear();
    for (const [id, share] of Object.entries(opacity ?? {})) this.opacity.set(id, share);
    const missing = order.filter((id) => !this.order.includes(id)).map((id) => `order:${id}`);
    const isKnown = (id: string) => isBackground(id) || this.catalogue.find(id) !== undefined;
    if (!layers || layers.length === 0 || layers.some(isKnown))
      return [...(await this.show(layers ?? this.catalogue.opened)), ...missing];
    // A link of whose layers none is here says nothing of those that are.
    await this.show(this.catalogue.opened);
    return [...layers, ...missing];
  }

  /** The layers that cover the ground, from the top downwards. */
  get sheets(): string[] {
    const sheets = this.shown
      .filter(({ known }) => isSheet(known.layer))
      .map(({ collection }) => collection.id);
    const place = (id: string) => this.order.indexOf(id);
    const put = sheets.filter((id) => place(id) >= 0).sort((a, b) => place(a) - place(b));
    // What nobody has put anywhere keeps its place among the others.
    return sheets.map((id) => (place(id) >= 0 ? (put.shift() ?? id) : id));
  }

  /** Put a layer one higher (-1) or lower (1) among those that cover the ground. */
  move(id: string, by: -1 | 1): void {
    const order = this.sheets;
    const at = order.indexOf(id);
    const other = order[at + by];
    if (at < 0 || other === undefined) return;
    order[at + by] = id;
    order[at] = other;
    this.order = order;
    this.events.changed();
  }

  /** Lay the panes as their layers lie. */
  arrange(): void {
    const panes = this.sheets.reverse().flatMap((id) => {
      const layer = this.known.get(id)?.layer;
      const pane = layer && 'pane' in layer ? [layer.pane] : [];
      // The municipalities beyond a divider lie where those before it do.
      return id === UNITS_LAYER ? [...pane, 'curtain'] : pane;
    });
    this.desk.view.arrange(panes);
  }

  /** The data of a layer of features, if it is at hand. */
  vector(id: string): Extract<OnMap, { kind: 'vector' }> | undefined {
    const found = this.known.get(id);
    return found?.kind === 'vector' ? found : undefined;
  }

  /** What is on and has arrived, from the top downwards; a raster without tiles shows nothing. */
  get shown(): { collection: Collection; known: OnMap }[] {
    return this.catalogue.all.flatMap((collection) => {
      const known = this.on.has(collection.id) ? this.known.get(collection.id) : undefined;
      const isBare = known?.kind === 'raster' && this.failures.has(collection.id);
      return known && !isBare ? [{ collection, known }] : [];
    });
  }

  /** Make exactly these layers visible; ids that no layer has come back. */
  private async show(ids: readonly string[]): Promise<string[]> {
    const missing = ids.filter((id) => !isBackground(id) && !this.catalogue.find(id));
    const wanted = new Set(
      ids.filter((id) => isBackground(id) || this.catalogue.find(id)?.['altai:kind'] !== 'table'),
    );
    for (const id of missing) wanted.delete(id);
    for (const id of [...this.on]) if (!wanted.has(id)) this.hide(id);
    const added = [...wanted].filter((id) => !this.on.has(id));
    for (const id of added) this.on.add(id);
    const brought = Promise.all(added.map((id) => this.bring(id)));
    this.events.changed();
    await brought;
    this.events.changed();
    return missing;
  }

  async toggle(id: string, on: boolean): Promise<void> {
    if (on) {
      this.on.add(id);
      await this.bring(id);
    } else this.hide(id);
    this.events.changed();
  }

  /** How opaque a layer is drawn, 0 to 1. */
  fade(id: string, opacity: number): void {
    if (opacity === 1) this.opacity.delete(id);
    else this.opacity.set(id, opacity);
    this.known.get(id)?.layer.fade(opacity);
    this.events.changed();
  }

  /** Titles of layers and fields come from the server in the language asked. */
  async retitle(): Promise<void> {
    const { language } = this.desk;
    await this.catalogue.load(language);
    const vectors = [...this.known.values()].filter((known) => known.kind === 'vector');
    await Promise.all(
      vectors.map(async ({ data }) => {
        data.collection = this.catalogue.find(data.collection.id) ?? data.collection;
        data.schema = await api.schema(data.collection.id, language);
      }),
    );
  }

  /** Names on the map in another language. */
  speak(): void {
    for (const known of this.known.values()) if (known.kind === 'vector') this.speakLayer(known);
  }

  /** What a municipality is called, where its layer is at hand. */
  unitName(territory: string, language: Language): string | null {
    const known = this.vector(UNITS_LAYER);
    const unit = known?.layer.find(territory);
    return known && unit ? nameOf(unit, known.data.collection, language) : null;
  }

  /** Whether coloured areas of another layer lie over the municipalities, or a raster does. */
  get unitsCovered(): boolean {
    return this.shown.some(
      ({ collection, known }) =>
        known.kind === 'raster' ||
        (collection.id !== UNITS_LAYER &&
          OF_UNITS.has(collection['altai:theme']) &&
          formOf(known.data) === 'area'),
    );
  }

  /** Fills make room for a raster below them, and those of the municipalities for results that lie over them, or
   * for signs that they would outshine. */
  settleFills(plainUnits: boolean): void {
    for (const { collection, known } of this.shown)
      if (known.kind === 'vector' && known.layer instanceof VectorLayer) {
        known.layer.setFillVisible(this.isFilled(known.data));
        if (collection.id === UNITS_LAYER) known.layer.setPlain(plainUnits);
      }
  }

  /** Whether there is room for the fill of a layer that is on. */
  isFilled(data: LayerData): boolean {
    const raster = this.shown.some(({ known }) => known.kind === 'raster');
    const covered = data.collection.id === UNITS_LAYER ? this.unitsCovered : raster;
    const coloured = formOf(data) === 'area' && data.style.kind === 'classes';
    return !covered || !coloured;
  }

  /** Fade all but one class of a layer's legend; null lights everything again. */
  light(id: string, index: number | null): void {
    const known = this.vector(id);
    if (known && 'light' in known.layer) known.layer.light(index);
  }

  /** What lies at a place of the layers that are drawn out of tiles. */
  under(click: Click): Hit[] {
    return this.crowds?.under(click) ?? [];
  }

  /** A feature that is not at hand; undefined where there is none. */
  async fetch(layer: string, id: string): Promise<Feature | undefined> {
    const known = this.vector(layer)?.layer;
    if (!known || !('fetch' in known)) return undefined;
    try {
      return await this.desk.during(known.fetch(id));
    } catch (cause) {
      this.desk.featureFailed(cause);
      return undefined;
    }
  }

  /** Have a layer that is on, and draw it. */
  private async bring(id: string): Promise<void> {
    if (isBackground(id)) {
      this.backgrounds[id].show();
      return;
    }
    const collection = this.catalogue.find(id);
    if (!collection) {
      this.on.delete(id);
      return;
    }
    try {
      const known = this.known.get(id) ?? (await this.desk.during(this.load(collection)));
      this.known.set(id, known);
      if (!this.on.has(id)) return;
      if (known.kind === 'vector') this.speakLayer(known);
      known.layer.show();
      void this.refine();
      known.layer.fade(this.opacity.get(id) ?? 1);
      if (id === SPACE_LAYER && known.kind === 'vector') this.signs.labels.show(id, regionLabels(known.data));
      if (known.kind === 'vector') this.settleFailure(id);
    } catch (cause) {
      // What was chosen stays chosen, and in the address.
      this.settleFailure(id, { title: collection.title, cause });
    }
  }

  /** A layer has come, or is not wanted any more; or why it has not come. */
  private settleFailure(id: string, failure?: { title: string; cause: unknown }): void {
    const { failures } = this;
    if (failure) failures.set(id, failure);
    else if (!failures.delete(id)) return;
    const [first] = failures.values();
    const titles = [...failures.values()].map(({ title }) => title);
    this.desk.layersFailed(titles, first?.cause ?? null, () => void this.retry());
  }

  /** Ask again for all that has not come. */
  private async retry(): Promise<void> {
    await Promise.all(
      [...this.failures.keys()].map((id) => {
        // Tiles that did not come are asked for by a new layer alone.
        if (isBackground(id)) this.backgrounds[id].hide();
        this.known.get(id)?.layer.hide();
        this.known.delete(id);
        return this.bring(id);
      }),
    );
    this.events.changed();
  }

  private hide(id: string): void {
    this.on.delete(id);
    this.settleFailure(id);
    if (isBackground(id)) this.backgrounds[id].hide();
    else this.known.get(id)?.layer.hide();
    if (id === SPACE_LAYER) this.signs.labels.hide(id);
  }

  private async load(collection: Collection): Promise<OnMap> {
    const { id } = collection;
    if (collection['altai:kind'] === 'raster') {
      const style = await api.style(id);
      const layer = new RasterLayer(
        this.desk.view,
        collection,
        this.tileEvents(id, () => collection.title),
      );
      return { kind: 'raster', layer, style };
    }
    const many = isCrowd(collection) && ![HOME_LAYER, SPACE_LAYER, UNITS_LAYER].includes(id);
    const [features, style, schema] = await Promise.all([
      many ? [] : this.features(id),
      api.style(id).catch((cause: unknown): Style => {
        // A layer without a style of its own is drawn plainly.
        if (cause instanceof api.ApiError && cause.status === 404) return { kind: 'simple', symbol: PLAIN };
        throw cause;
      }),
      api.schema(id, this.desk.language),
    ]);
    const data: LayerData = { collection, features, style, schema };
    const events = {
      pick: (feature: Feature, at: Point, click?: Click) => this.events.pick(id, feature, at, click),
      hover: (feature: Feature | null) => this.events.hover(id, feature),
      tip: (feature: Feature) => this.events.tip(data, feature),
    };
    if (many) return { kind: 'vector', layer: await this.crowd(data, events), data };
    const { marks, labels } = this.signs;
    const layer =
      id === LABEL_LAYER
        ? new Settlements(labels, data, events)
        : new VectorLayer(this.desk.view, marks, data, events);
    return { kind: 'vector', layer, data };
  }

  /** All of them; from afar, with no more detail than the map shows, and less of what lies around the krai. */
  private features(id: string): Promise<Feature[]> {
    const zoom = Math.floor(this.desk.view.zoomLevel);
    if (zoom >= NEAR_ZOOM) return api.items(id);
    this.coarse.set(id, zoom);
    return api.items(id, Math.max(0, zoom - (id === SPACE_LAYER ? 4 : 2)));
  }

  /** Now that the map is nearer, have all detail of what was fetched without. */
  private async refine(): Promise<void> {
    const zoom = Math.floor(this.desk.view.zoomLevel);
    const coarse = [...this.coarse].flatMap(([id, at]) => (zoom > at && this.known.has(id) ? [id] : []));
    for (const id of coarse) this.coarse.delete(id);
    await Promise.all(
      coarse.map(async (id) => {
        const known = this.vector(id);
        try {
          if (known?.layer instanceof VectorLayer) known.layer.refine(await this.desk.during(api.items(id)));
        } catch {
          // What is seen is coarse, and right: the next movement tries again.
          this.coarse.set(id, zoom);
        }
      }),
    );
    if (coarse.length > 0) this.signs.highlight.refine();
  }

  /** A layer out of tiles; what draws it comes when it is first needed. */
  private async crowd(data: LayerData, events: VectorEvents): Promise<Crowd> {
    const { collection, style } = data;
    const [{ Crowd }, { Crowds }, version, counts] = await Promise.all([
      import('./map/crowd/layer'),
      import('./map/crowd/crowds'),
      api.tilesVersion(collection.id),
      style.kind === 'classes' && formOf(data) === 'area' ? countClasses(collection.id, style) : undefined,
    ]);
    if (counts) data.counts = counts;
    this.crowds ??= new Crowds(this.desk.view, () => this.desk.language);
    const { failed } = this.tileEvents(collection.id, () => collection.title);
    const crowd = new Crowd(this.desk.view, this.signs.labels, data, version, {
      ...events,
      failed: () => failed(null),
    });
    this.crowds.add(crowd);
    return crowd;
  }

  private speakLayer({ layer }: Extract<OnMap, { kind: 'vector' }>): void {
    if (layer instanceof VectorLayer) layer.speak(this.desk.language);
  }

  /** Whether a layer of pictures has come is known by its first tile. */
  private tileEvents(id: string, title: () => string): TileEvents {
    const settle = (failure?: { title: string; cause: unknown }) => {
      const had = this.failures.has(id);
      this.settleFailure(id, failure);
      if (had !== this.failures.has(id)) this.events.changed();
    };
    return { arrived: () => settle(), failed: (cause) => settle({ title: title(), cause }) };
  }
}

/** Whether a layer covers the ground: points and their names always lie above, the land of the krai below. */
const isSheet = (layer: OnMap['layer']): boolean =>
  layer instanceof RasterLayer || ('form' in layer && layer.form !== 'point' && layer.form !== 'land');

/** How many features of a layer are in each class, by the server. */
async function countClasses(id: string, { field, breaks }: ClassesStyle): Promise<Histogram> {
  const below = breaks.map((bound) => api.countOf(id, `${field} < ${bound}`));
  const [known, noData] = [api.countOf(id, `${field} IS NOT NULL`), api.countOf(id, `${field} IS NULL`)];
  const sums = await Promise.all([...below, known]);
  return { counts: sums.map((sum, i) => sum - (sums[i - 1] ?? 0)), noData: await noData };
}

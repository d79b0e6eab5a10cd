/** Where the parts meet: the catalogue, what is on, what is selected, and the two languages. */

import * as api from './api';
import { renderAttribution } from './attribution';
import type { Collection, Feature, Language, Style } from './contract';
import { h } from './dom';
import { type LayerData, nameOf } from './feature';
import { formOf } from './form';
import { MESSAGES, type Messages } from './i18n';
import { Highlight } from './map/highlight';
import { Labels } from './map/labels';
import { Marks } from './map/marks';
import { Popups } from './map/popups';
import { openStreetMap, RasterLayer } from './map/raster';
import { regionLabels } from './map/regions';
import { Settlements } from './map/settlements';
import { VectorLayer } from './map/vector';
import { type Bounds, type Click, MapView, type Point } from './map/view';
import { installPatterns } from './mark';
import { Loading, Notices } from './notices';
import { LayerList, OSM } from './panel/layers';
import { Legend } from './panel/legend';
import { Panel } from './panel/panel';
import { featurePopup, type Listed, listPopup, rasterSection } from './popup';
import { type Result, Search } from './search';
import {
  chooseLanguage,
  formatState,
  parseState,
  recallLanguage,
  rememberLanguage,
  type Selection,
} from './state';
import { PLAIN } from './style';

type OnMap =
  | { kind: 'vector'; layer: VectorLayer | Settlements; data: LayerData }
  | { kind: 'raster'; layer: RasterLayer; style: Style };

const HOME_LAYER = 'krai';
const SPACE_LAYER = 'neighbours';
const LABEL_LAYER = 'settlements';
const UNITS_LAYER = 'districts';
/** Altai Krai and the space around it, should the server not say. */
const HOME: Bounds = [77.8, 50.6, 87.2, 54.5];
const SPACE: Bounds = [70, 45, 97, 58];

const phone = matchMedia('(max-width: 700px)');

export class App {
  private language: Language;
  private collections: Collection[] = [];
  private readonly layers = new Map<string, OnMap>();
  private on = new Set<string>();
  private defaults = new Set<string>();
  private selection: Selection | null = null;
  private started = false;

  private readonly loading = new Loading();
  private readonly notices = new Notices();
  private readonly mapElement = h('main', { id: 'map', tabindex: 0, 'data-testid': 'map' });
  private readonly name = h('h1', { class: 'name' });
  private readonly languages = h('div', { class: 'languages', role: 'group' });
  private readonly skip = h('a', {
    class: 'skip',
    href: '#map',
    click: (event: Event) => this.skipToMap(event),
  });
  private readonly list = new LayerList((id, on) => void this.toggle(id, on));
  private readonly panel = new Panel(this.list, () => this.view.showHome());
  private readonly legend = new Legend((id, index) => this.light(id, index));
  private readonly search = new Search((result) => void this.goTo(result));
  private readonly view: MapView;
  private readonly highlight: Highlight;
  private readonly popups: Popups;
  private readonly labels: Labels;
  private readonly marks: Marks;
  private readonly osm: { show(): void; hide(): void };

  constructor() {
    this.language = chooseLanguage(
      location.search,
      parseState(location.hash),
      recallLanguage(),
      navigator.languages,
    );
    installPatterns();
    const bar = h('header', { class: 'bar' }, this.name, this.search.element, this.languages);
    document.body.append(
      this.skip,
      bar,
      this.loading.element,
      this.notices.element,
      this.panel.element,
      this.mapElement,
    );
    this.view = new MapView(this.mapElement);
    this.highlight = new Highlight(this.view);
    this.labels = new Labels(this.view);
    this.marks = new Marks(this.view);
    this.popups = new Popups(this.view, () => this.deselect());
    this.osm = openStreetMap(this.view, () => this.tilesFailed(OSM, this.t.osm));
    this.placeLegend();
    phone.addEventListener('change', () => this.placeLegend());
    document.addEventListener('keydown', (event) => this.key(event));
    this.speak();
  }

  private get t(): Messages {
    return MESSAGES[this.language];
  }

  /** Load the catalogue and what is to be seen; resolves when the first picture is complete. */
  async start(): Promise<void> {
    const state = parseState(location.hash);
    try {
      this.collections = await this.loading.during(api.collections(this.language), this.t.loading);
    } catch {
      const retry = () => void this.start();
      this.notices.show('server', { what: this.t.serverAway, help: this.t.serverAwayHelp, retry }, this.t);
      return;
    }
    this.sortCollections();
    const opened = this.collections.filter((each) => each['altai:visible']);
    this.defaults = new Set(opened.map((each) => each.id));
    this.view.limit(this.boxOf(HOME_LAYER) ?? HOME, this.boxOf(SPACE_LAYER) ?? SPACE);
    if (state.view) this.view.view = state.view;
    else this.view.showHome();
    await this.show(state.layers ?? [...this.defaults]);
    if (state.selection) await this.select(state.selection);
    if (!this.started) {
      this.started = true;
      this.view.onMove(() => this.writeState());
      this.view.onClick((point) => this.clickNothing(point));
      window.addEventListener('hashchange', () => void this.followHash());
    }
    this.writeState();
  }

  /** The list reads from the top of the map downwards. */
  private sortCollections(): void {
    this.collections.sort((a, b) => (b['altai:order'] ?? 100) - (a['altai:order'] ?? 100));
  }

  // What is on

  /** Make exactly these layers visible. */
  private async show(ids: readonly string[]): Promise<void> {
    const wanted = new Set(ids.filter((id) => id === OSM || this.find(id)?.['altai:kind'] !== 'table'));
    for (const id of this.on) if (!wanted.has(id)) this.hide(id);
    await Promise.all([...wanted].filter((id) => !this.on.has(id)).map((id) => this.turnOn(id)));
    this.refresh();
  }

  private async toggle(id: string, on: boolean): Promise<void> {
    if (on) await this.turnOn(id);
    else this.hide(id);
    this.refresh();
    this.writeState();
  }

  private async turnOn(id: string): Promise<void> {
    this.on.add(id);
    this.refresh();
    if (id === OSM) {
      this.osm.show();
      return;
    }
    const collection = this.find(id);
    if (!collection) {
      this.on.delete(id);
      return;
    }
    try {
      const known = this.layers.get(id) ?? (await this.loading.during(this.load(collection), this.t.loading));
      this.layers.set(id, known);
      if (!this.on.has(id)) return;
      if (known.kind === 'vector') this.speakLayer(known);
      known.layer.show();
      if (id === SPACE_LAYER && known.kind === 'vector') this.labels.show(id, regionLabels(known.data));
    } catch (cause) {
      this.on.delete(id);
      this.layerFailed(collection, cause);
    }
  }

  private hide(id: string): void {
    this.on.delete(id);
    if (id === OSM) this.osm.hide();
    else this.layers.get(id)?.layer.hide();
    if (id === SPACE_LAYER) this.labels.hide(id);
    if (this.selection?.layer === id) this.popups.close();
  }

  private async load(collection: Collection): Promise<OnMap> {
    const { id } = collection;
    if (collection['altai:kind'] === 'raster') {
      const style = await api.style(id);
      const layer = new RasterLayer(this.view, collection, () => this.tilesFailed(id, collection.title));
      return { kind: 'raster', layer, style };
    }
    const [features, style, schema] = await Promise.all([
      api.items(id),
      api.style(id).catch((cause: unknown): Style => {
        // A layer without a style of its own is drawn plainly.
        if (cause instanceof api.ApiError && cause.status === 404) return { kind: 'simple', symbol: PLAIN };
        throw cause;
      }),
      api.schema(id, this.language),
    ]);
    const data: LayerData = { collection, features, style, schema };
    const events = {
      pick: (feature: Feature, at: Point, click?: Click) => this.pick(id, feature, at, click),
      hover: (feature: Feature | null) => this.hover(id, feature),
    };
    const layer =
      id === LABEL_LAYER
        ? new Settlements(this.labels, data, events)
        : new VectorLayer(this.view, this.marks, data, events);
    return { kind: 'vector', layer, data };
  }

  private speakLayer({ layer }: { layer: VectorLayer | Settlements }): void {
    if (layer instanceof VectorLayer) layer.speak(this.language);
  }

  private layerFailed(collection: Collection, cause: unknown): void {
    const status = cause instanceof api.ApiError ? cause.status : null;
    const reason = status === null ? this.t.reasonAway : this.t.reasonStatus(status);
    const retry = () => void this.toggle(collection.id, true);
    const what = this.t.layerFailed(collection.title);
    this.notices.show(collection.id, { what, help: this.t.layerFailedHelp(reason), retry }, this.t);
  }

  private tilesFailed(id: string, title: string): void {
    const help = this.t.layerFailedHelp(this.t.reasonAway);
    const retry = () => {
      this.hide(id);
      this.layers.delete(id);
      void this.toggle(id, true);
    };
    this.notices.show(id, { what: this.t.layerFailed(title), help, retry }, this.t);
  }

  // What is seen of it

  /** Bring list, legend, attribution and fills in line with what is on. */
  private refresh(): void {
    const shown = this.collections.filter((each) => this.on.has(each.id));
    const parts = shown.flatMap((each) => {
      const known = this.layers.get(each.id);
      return known ? [{ collection: each, known }] : [];
    });
    const vectors = parts.flatMap(({ known }) => (known.kind === 'vector' ? [known.data] : []));
    const rasters = parts.flatMap(({ collection, known }) =>
      known.kind === 'raster' ? [{ collection, style: known.style }] : [],
    );
    this.list.render(
      this.collections.map((collection) => {
        const known = this.layers.get(collection.id);
        const on = this.on.has(collection.id);
        return known?.kind === 'vector'
          ? { collection, on, style: known.data.style, data: known.data }
          : { collection, on };
      }),
      this.on.has(OSM),
      this.language,
    );
    this.legend.render(vectors, rasters, this.language);
    for (const { known } of parts)
      if (known.kind === 'vector' && known.layer instanceof VectorLayer)
        known.layer.setFillVisible(
          rasters.length === 0 || formOf(known.data) !== 'area' || known.data.style.kind !== 'classes',
        );
    const sources = shown.flatMap((each) => (each.attribution ? [each.attribution] : []));
    renderAttribution(this.view.attribution, sources, this.on.has(OSM), this.t);
    document.documentElement.classList.toggle('with-osm', this.on.has(OSM));
  }

  private light(id: string, index: number | null): void {
    const known = this.layers.get(id);
    if (known?.kind === 'vector' && known.layer instanceof VectorLayer) known.layer.light(index);
  }

  private hover(id: string, feature: Feature | null): void {
    this.highlight.hover(feature?.geometry ?? null);
    this.legend.mark(id, feature);
  }

  // What is selected

  /** Open what was clicked; where a click may mean several, let the reader choose. */
  private pick(id: string, feature: Feature, at: Point, click?: Click): void {
    const here = click ? this.under(click) : [];
    if (here.length > 1) {
      const content = listPopup(here, this.language);
      const rasters = this.rastersAt(at);
      if (rasters) content.append(rasters);
      this.popups.open(at, content, this.t.close);
      this.deselect();
    } else if (here[0]) here[0].open();
    else this.open(id, feature, at);
  }

  private under(click: Click): Listed[] {
    const labels = this.labels.under(click).flatMap(({ feature, at }) => {
      return feature ? [{ layer: LABEL_LAYER, feature, at }] : [];
    });
    return [...this.marks.under(click), ...labels].flatMap(({ layer, feature, at }): Listed[] => {
      const known = this.layers.get(layer);
      if (known?.kind !== 'vector') return [];
      return [{ feature, data: known.data, open: () => this.open(layer, feature, at) }];
    });
  }

  private open(id: string, feature: Feature, at: Point): void {
    const known = this.layers.get(id);
    if (known?.kind !== 'vector') return;
    const content = featurePopup(feature, known.data, this.language, (unit) => this.unitName(unit));
    const rasters = this.rastersAt(at);
    if (rasters) content.insertBefore(rasters, content.querySelector('.popup-table'));
    this.popups.open(at, content, this.t.close);
    this.selection = { layer: id, id: String(feature.id) };
    this.highlight.select(feature.geometry);
    this.writeState();
  }

  /** Where to speak of a feature without a place: in its municipality, or in the middle of what is seen. */
  private placeOf(feature: Feature): Point {
    const known = this.layers.get(UNITS_LAYER);
    const territory = feature.properties?.territory_id;
    if (known?.kind === 'vector' && typeof territory === 'string') {
      const unit = known.layer.find(territory);
      const at = unit && known.layer.anchor(unit);
      if (at) return at;
    }
    return this.view.centre;
  }

  /** What a municipality is called, where its layer is at hand. */
  private unitName(territory: string): string | null {
    const known = this.layers.get(UNITS_LAYER);
    if (known?.kind !== 'vector') return null;
    const unit = known.layer.find(territory);
    return unit ? nameOf(unit, known.data.collection, this.language) : null;
  }

  private clickNothing(point: Point): void {
    const rasters = this.rastersAt(point);
    if (rasters) this.popups.open(point, rasters, this.t.close);
  }

  private rastersAt(point: Point): HTMLElement | null {
    const answers = this.collections
      .filter((each) => this.on.has(each.id) && each['altai:kind'] === 'raster')
      .map((each): [Collection, ReturnType<typeof api.rasterValue>] => [
        each,
        api.rasterValue(each.id, point.lng, point.lat, this.language),
      ]);
    return answers.length > 0 ? rasterSection(answers, this.language) : null;
  }

  private deselect(): void {
    this.selection = null;
    this.highlight.select(null);
    this.writeState();
  }

  /** Open a feature by its identity where it lies; its layer is switched on. */
  private async select({ layer, id }: Selection, at?: Point): Promise<void> {
    if (!this.on.has(layer)) await this.toggle(layer, true);
    const known = this.layers.get(layer);
    if (known?.kind !== 'vector') return;
    const feature = known.layer.find(id);
    if (feature) this.open(layer, feature, at ?? known.layer.anchor(feature) ?? this.placeOf(feature));
  }

  private async goTo({ layer, id, bbox, point }: Result): Promise<void> {
    this.popups.close();
    if (phone.matches) this.panel.rest();
    const bounds = bbox?.length === 4 ? (bbox as Bounds) : undefined;
    await this.view.fly({ bounds, point });
    await this.select({ layer, id });
  }

  // Language, address, keys

  private speak(): void {
    const { t, language } = this;
    document.documentElement.lang = language;
    document.title = `${t.name} · ${t.region}`;
    this.skip.textContent = t.toMap;
    this.name.replaceChildren(h('strong', {}, t.name), h('span', {}, t.region));
    this.languages.setAttribute('aria-label', t.language);
    this.languages.replaceChildren(
      this.languageButton('ru', 'Рус', 'Русский'),
      this.languageButton('en', 'Eng', 'English'),
    );
    this.search.speak(language);
    this.view.speak(t);
    this.panel.speak(language);
    this.labels.speak(language);
    for (const known of this.layers.values()) if (known.kind === 'vector') this.speakLayer(known);
    this.refresh();
  }

  private languageButton(language: Language, text: string, title: string): HTMLElement {
    const click = () => void this.setLanguage(language);
    const pressed = String(language === this.language);
    return h('button', { type: 'button', lang: language, title, 'aria-pressed': pressed, click }, text);
  }

  private async setLanguage(language: Language): Promise<void> {
    if (language === this.language) return;
    this.language = language;
    rememberLanguage(language);
    this.speak();
    try {
      await this.loading.during(this.retitle(), this.t.loading);
    } catch {
      const retry = () => void this.retitle().then(() => this.speak());
      this.notices.show('server', { what: this.t.serverAway, help: this.t.serverAwayHelp, retry }, this.t);
    }
    this.speak();
    this.writeState();
    const { at } = this.popups;
    if (this.selection && at) await this.select(this.selection, at);
    else this.popups.close();
  }

  /** Titles of layers and fields come from the server in the language asked. */
  private async retitle(): Promise<void> {
    const { language } = this;
    const fresh = new Map((await api.collections(language)).map((each) => [each.id, each]));
    this.collections = this.collections.map((each) => fresh.get(each.id) ?? each);
    const vectors = [...this.layers.values()].filter((known) => known.kind === 'vector');
    await Promise.all(
      vectors.map(async ({ data }) => {
        data.collection = fresh.get(data.collection.id) ?? data.collection;
        data.schema = await api.schema(data.collection.id, language);
      }),
    );
  }

  private writeState(): void {
    const ids = [...this.on].sort();
    const asOpened = ids.length === this.defaults.size && ids.every((id) => this.defaults.has(id));
    const hash = formatState({
      view: this.view.view,
      ...(!asOpened && { layers: ids }),
      lang: this.language,
      ...(this.selection && { selection: this.selection }),
    });
    const url = new URL(location.href);
    // The language has moved into the hash; `?lang=` would win over a later choice.
    url.searchParams.delete('lang');
    url.hash = hash;
    history.replaceState(null, '', url);
  }

  /** Someone edited the address, or opened a link on this very page. */
  private async followHash(): Promise<void> {
    const state = parseState(location.hash);
    if (state.lang && state.lang !== this.language) await this.setLanguage(state.lang);
    if (state.view) this.view.view = state.view;
    await this.lookFor(state.layers ?? []);
    await this.show(state.layers ?? [...this.defaults]);
    if (state.selection) await this.select(state.selection);
    else this.popups.close();
  }

  /** Layers come while the map is open: a link may name the result of an analysis that the list does not have yet. */
  private async lookFor(ids: readonly string[]): Promise<void> {
    if (ids.every((id) => id === OSM || this.find(id))) return;
    try {
      this.collections = await this.loading.during(api.collections(this.language), this.t.loading);
    } catch {
      const retry = () => void this.followHash();
      this.notices.show('server', { what: this.t.serverAway, help: this.t.serverAwayHelp, retry }, this.t);
      return;
    }
    this.sortCollections();
  }

  private key(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement && event.target.type === 'text';
    if (event.key === 'Escape') this.popups.close();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    // On a Russian keyboard the same physical keys give other letters.
    if (event.key === '?' || (event.code === 'Slash' && event.shiftKey)) this.panel.about();
    else if (event.key === '/' || event.code === 'Slash') {
      event.preventDefault();
      this.search.focus();
    } else if (event.code === 'KeyL') this.panel.toggle();
  }

  private skipToMap(event: Event): void {
    event.preventDefault();
    this.mapElement.focus();
  }

  private placeLegend(): void {
    if (phone.matches) this.panel.takeLegend(this.legend.element);
    else this.view.legendCorner.append(this.legend.element);
  }

  private find(id: string): Collection | undefined {
    return this.collections.find((each) => each.id === id);
  }

  private boxOf(id: string): Bounds | undefined {
    return this.find(id)?.extent?.spatial?.bbox[0];
  }
}

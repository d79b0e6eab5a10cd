/** Where the parts meet: the frame of the page, the address, the two languages and the keys. */

import { Address } from './address';
import { AnalysisTab } from './analysis/tab';
import { Attribution } from './attribution';
import { BACKGROUNDS, isBackground } from './background';
import { Catalogue } from './catalogue';
import type { Feature, Language } from './contract';
import { Desk } from './desk';
import { afterPaint, h } from './dom';
import { Drawer } from './drawer';
import { type LayerData, valueText } from './feature';
import { Inspector } from './inspector';
import { Highlight } from './map/highlight';
import { Labels } from './map/labels';
import { Marks } from './map/marks';
import { type Bounds, boundsOf, MapView } from './map/view';
import { installPatterns } from './mark';
import { recall, remember } from './memory';
import { Monitoring } from './monitoring/monitoring';
import { aboutMap } from './panel/about';
import { Hints } from './panel/hints';
import { LayerList } from './panel/layers';
import { Legend } from './panel/legend';
import { Panel } from './panel/panel';
import type { Piece } from './piece';
import { type Result, Search } from './search';
import { embed, isEmbedded, livingLink } from './share/embedded';
import { Scene } from './share/scene';
import { Share } from './share/share';
import { HOME_LAYER, LayerStack, SPACE_LAYER, type StackEvents, UNITS_LAYER } from './stack';
import { chooseLanguage, parseState, type State } from './state';
import { Tables } from './table/tables';
import { Territories } from './territory/territories';
import { Thematic } from './thematic/thematic';
import { followTheme, switchTheme, theme } from './theme';
import { Tools } from './tools/tools';
import { Beside } from './twin/beside';
import type { RasterPair } from './twin/choice';
import { Twins } from './twin/twins';
import { Multiples } from './years/multiples';

/** Altai Krai and the space around it, should the server not say. */
const HOME: Bounds = [77.8, 50.6, 87.2, 54.5];
const SPACE: Bounds = [70, 45, 97, 58];

/** Where letters are letters. */
const TYPING = 'input:not([type=range], [type=checkbox], [type=radio]), select, textarea';

const phone = matchMedia('(max-width: 700px)');

export class App {
  private started = false;
  /** The picture comes first, and then what is told about it. */
  private readonly tellSoon = afterPaint(() => this.tell());

  private readonly mapElement = h('main', { id: 'map', tabindex: 0, 'data-testid': 'map' });
  private readonly name = h('h1', { class: 'name' });
  private readonly languages = h('div', { class: 'languages', role: 'group' });
  private readonly themeSwitch = h('button', {
    type: 'button',
    class: 'theme',
    'data-testid': 'theme',
    click: () => {
      switchTheme();
      this.speakTheme();
    },
  });
  private readonly skip = h('a', {
    class: 'skip',
    href: '#map',
    click: (event: Event) => this.skipToMap(event),
  });
  private readonly desk: Desk;
  private readonly catalogue = new Catalogue();
  private readonly stack: LayerStack;
  private readonly inspector: Inspector;
  private readonly labels: Labels;
  private readonly highlight: Highlight;
  private readonly list = new LayerList({
    toggle: (id, on) => void this.stack.toggle(id, on),
    fade: (id, opacity) => this.stack.fade(id, opacity),
    move: (id, by) => this.stack.move(id, by),
    explain: (id) => void this.analysis.explain(id),
  });
  private readonly legend = new Legend((id, index) => this.stack.light(id, index));
  private readonly thematic: Thematic;
  private readonly analysis: AnalysisTab;
  private readonly territories: Territories;
  private readonly twins: Twins;
  private readonly beside: Beside;
  private readonly tables: Tables;
  private readonly monitoring: Monitoring;
  private readonly pieces: readonly Piece[];
  private readonly drawer: Drawer;
  private readonly panel: Panel;
  private readonly hints = new Hints(location.hash === '' && !isEmbedded());
  private readonly search = new Search(
    (result) => void this.goTo(result),
    (spot) => this.tools.holds(spot),
  );
  private readonly share: Share;
  private readonly tools: Tools;
  private readonly attribution: Attribution;
  private readonly address: Address;

  constructor() {
    const wish = chooseLanguage(
      location.search,
      parseState(location.hash),
      recall('lang'),
      navigator.languages,
    );
    installPatterns();
    if (isEmbedded()) embed();
    document.querySelector('#shell')?.remove();
    // Leaflet measures its element: it has to be in the page.
    document.body.append(this.mapElement);
    const view = new MapView(this.mapElement);
    this.desk = new Desk(view, wish);
    this.attribution = new Attribution(view);
    this.drawer = new Drawer(this.desk, (open) => {
      this.panel.makeRoom('drawer', open);
      this.inspector.makeRoom();
    });
    this.tools = new Tools(this.desk);
    this.labels = new Labels(view);
    this.highlight = new Highlight(view);
    const marks = new Marks(view);
    const signs = { marks, labels: this.labels, highlight: this.highlight };
    const events: StackEvents = {
      changed: () => this.refresh(),
      pick: (layer, feature, at, click) => this.inspector.pick(layer, feature, at, click),
      hover: (layer, feature) => this.hover(layer, feature),
      tip: (data, feature) => this.tip(data, feature),
    };
    this.stack = new LayerStack(this.desk, this.catalogue, signs, events);
    this.inspector = new Inspector(this.desk, this.catalogue, this.stack, signs, () => this.address.write());
    this.thematic = new Thematic(this.desk, this.stack, () => this.refresh());
    this.inspector.remarks.push((layer, feature) => this.thematic.describe(layer, feature));
    this.analysis = new AnalysisTab(this.desk, this.catalogue, {
      changed: () => this.address.write(),
      opened: () => this.panel.open('analysis'),
      show: (layer) => this.showResult(layer),
      add: (layer) => this.showLayer(layer),
      beside: (pair) => this.showBeside(pair),
      point: (layer, id) => this.point(layer, this.stack.vector(layer)?.layer.find(id ?? '') ?? null),
      pick: (layer, id) => void this.inspector.select({ layer, id }),
      unitName: (id) => this.stack.unitName(id, this.desk.language),
    });
    const write = () => this.started && this.address.write();
    const places = { highlight: this.highlight, drawer: this.drawer };
    this.territories = new Territories(this.desk, this.stack, places, write);
    this.inspector.remarks.push((layer, feature) => this.territories.describe(layer, feature));
    this.twins = new Twins(this.desk, this.stack, this.thematic, events, write);
    this.beside = new Beside(this.desk, this.catalogue, this.stack, events, () => this.refresh());
    this.twins.taken = () => this.beside.isOn;
    this.twins.sharing = (two) => this.panel.makeRoom('twin', two);
    const years = new Multiples(this.desk, this.stack, this.thematic, write);
    this.tables = new Tables(this.desk, this.stack, this.thematic, this.drawer, {
      changed: write,
      point: (layer, feature) => this.point(layer, feature),
      go: (layer, feature) => void this.goToFeature(layer, feature),
      observed: () => this.monitoring.observed,
    });
    const frame = { marks, labels: this.labels, drawer: this.drawer };
    this.monitoring = new Monitoring(this.desk, this.stack, frame, {
      changed: () => this.refresh(),
      noted: write,
      show: (layer) => this.showLayer(layer),
      beside: (pair) => this.showBeside(pair),
    });
    this.inspector.remarks.push((layer, feature) => this.monitoring.describe(layer, feature));
    const { twins, beside, territories, monitoring, tables, inspector } = this;
    this.pieces = [
      ...[this.stack, this.thematic, twins, beside, territories, monitoring],
      ...[tables, years, this.analysis, inspector],
    ];
    this.address = new Address(
      () => this.state,
      (state, unread) => this.follow(state, unread),
    );
    this.panel = new Panel(
      {
        layers: () =>
          h('div', {}, this.hints.element, this.thematic.element, this.monitoring.element, this.list.element),
        analysis: () => this.analysis.show(),
        about: () => aboutMap(this.desk.language),
      },
      () => view.showHome(),
    );
    this.share = new Share(
      new Scene(this.desk, this.stack, this.thematic, this.monitoring, this.legend.element),
    );
    const choices = h('div', { class: 'choices' }, this.share.button, this.themeSwitch, this.languages);
    document.body.prepend(
      this.skip,
      h('header', { class: 'bar' }, this.name, this.search.element, choices),
      this.desk.loading.element,
      this.desk.notices.element,
      this.panel.element,
      this.drawer.element,
      this.territories.element,
      this.monitoring.timeBar,
    );
    view.addTool(this.tables.button, this.territories.button);
    this.placeLegend();
    phone.addEventListener('change', () => this.placeLegend());
    document.addEventListener('keydown', (event) => this.key(event));
    followTheme(() => this.speakTheme());
    this.speak();
  }

  /** Load the catalogue and what is to be seen; resolves when the first picture is complete. */
  async start(): Promise<void> {
    const { view } = this.desk;
    const asked = this.catalogue.load(this.desk.language);
    if (!(await this.desk.reaches(asked, () => void this.start()))) return;
    view.limit(this.catalogue.boxOf(HOME_LAYER) ?? HOME, this.catalogue.boxOf(SPACE_LAYER) ?? SPACE);
    const { state, unread } = this.address.read();
    if (!state.view) view.showHome();
    await this.open(state, unread);
    if (!this.started) {
      this.started = true;
      view.onMove(() => this.address.write());
      view.onClick((point) => this.inspector.pickNothing(point));
      this.address.follow();
      if (!isEmbedded())
        void import('./offline/offline').then((offline) => offline.keepWhatIsSeen(this.desk));
    }
    this.address.write();
  }

  /** The state of the page as a link has it. */
  private get state(): State {
    const view: State = { view: this.desk.view.view, lang: this.desk.language };
    return Object.assign(view, ...this.pieces.map((piece) => piece.state));
  }

  /** Bring the page into a state; what cannot be had is told, and the rest is opened. */
  private async open(state: State, unread: readonly string[]): Promise<void> {
    if (state.view) this.desk.view.view = state.view;
    const missing = [...unread];
    // One after the other: what is selected lies in a layer that has to be there.
    for (const piece of this.pieces) missing.push(...(await piece.open(state)));
    // The map may be smaller now: what a link says of it is meant of that.
    if (state.view) this.desk.view.view = state.view;
    // In a smaller window what is selected may have no room there.
    this.inspector.makeRoom();
    this.tellMissing(missing);
  }

  private tellMissing(missing: readonly string[]): void {
    const { notices, t } = this.desk;
    if (missing.length === 0) notices.dismiss('link');
    else notices.show('link', { what: t.linkPartly, help: t.linkPartlyHelp(missing.join(', ')) }, t);
  }

  /** Bring a layer on the map that somebody has just made. */
  private async showLayer(id: string): Promise<void> {
    if (!this.catalogue.find(id)) await this.desk.during(this.catalogue.load(this.desk.language));
    await this.stack.toggle(id, true);
  }

  /** Bring the result of an analysis in the place of former ones. */
  private async showResult(id: string): Promise<void> {
    this.beside.close();
    const former = this.stack.shown.filter(
      ({ collection }) => collection['altai:theme'] === 'analysis' && collection.id !== id,
    );
    for (const { collection } of former) await this.stack.toggle(collection.id, false);
    await this.showLayer(id);
  }

  /** Bring two rasters on two maps; null: one map again. */
  private async showBeside(pair: RasterPair | null): Promise<void> {
    this.beside.close();
    if (!pair) return;
    this.twins.leave();
    await this.showLayer(pair.first);
    await this.beside.show(pair);
  }

  /** Someone edited the address, or opened a link on this very page. */
  private async follow(state: State, unread: readonly string[]): Promise<void> {
    if (state.lang && state.lang !== this.desk.language) await this.setLanguage(state.lang);
    // Layers come while the map is open: a link may name the result of an analysis that the list does not have yet.
    const known = (state.layers ?? []).every((id) => isBackground(id) || this.catalogue.find(id));
    const asked = known ? Promise.resolve() : this.catalogue.load(this.desk.language);
    if (await this.desk.reaches(asked, () => void this.follow(state, unread))) await this.open(state, unread);
  }

  /** Bring the map in line with what is on. */
  private refresh(): void {
    this.stack.arrange();
    this.stack.settleFills(this.plainUnits);
    this.monitoring.settle();
    this.twins.refresh();
    this.beside.refresh();
    const { selection } = this.inspector;
    if (selection && !this.stack.on.has(selection.layer)) this.inspector.close();
    this.tellSoon();
  }

  /** Nothing else is as bright as what was chosen. */
  private get plainUnits(): boolean {
    const { look, circles } = this.thematic;
    return circles !== null || (this.monitoring.isOn && !look);
  }

  /** Bring list, legend, attribution, table and the address in line with what is on. */
  private tell(): void {
    const { on, sheets, shown } = this.stack;
    const backgrounds = BACKGROUNDS.filter((id) => on.has(id));
    this.list.render(
      this.catalogue.all.map((collection) => ({
        collection,
        on: on.has(collection.id),
        opacity: this.stack.opacity.get(collection.id) ?? 1,
        data: this.stack.vector(collection.id)?.data,
        failed: this.stack.failures.has(collection.id),
        rise: sheets.indexOf(collection.id) > 0,
        sink: sheets.includes(collection.id) && sheets.at(-1) !== collection.id,
      })),
      backgrounds,
      this.desk.language,
    );
    const rasters = shown.flatMap(({ collection, known }) =>
      known.kind === 'raster' ? [{ collection, style: known.style }] : [],
    );
    this.legend.render(
      this.explained(rasters.length > 0),
      rasters,
      this.thematic.circles,
      this.desk.language,
    );
    this.legend.add(this.monitoring.legend);
    this.tables.refresh();
    const sources = this.catalogue.all.flatMap((each) =>
      on.has(each.id) && each.attribution ? [each.attribution] : [],
    );
    this.attribution.render(sources, backgrounds, this.desk.t);
    if (this.started) this.address.write();
  }

  /** What the legend has to explain of the layers of features. */
  private explained(belowRaster: boolean): LayerData[] {
    const { look } = this.thematic;
    // Areas whose colours are not seen have no classes to tell.
    const plain = this.plainUnits || (this.stack.unitsCovered && !belowRaster);
    return this.stack.shown.flatMap(({ collection, known }) => {
      if (known.kind !== 'vector') return [];
      if (collection.id !== UNITS_LAYER) return [known.data];
      return plain ? [] : [look ?? known.data];
    });
  }

  private hover(id: string, feature: Feature | null): void {
    this.highlight.hover(feature?.geometry ?? null);
    this.legend.mark(id, feature);
    this.territories.hover(id, feature);
    this.twins.hover(id, feature);
    this.tables.hover(id, feature);
    this.analysis.hover(id, feature);
  }

  /** The value that an area is coloured by, or the circle on it stands for. */
  private tip(data: LayerData, feature: Feature): string | null {
    const { language } = this.desk;
    const isUnit = data.collection.id === UNITS_LAYER;
    if (isUnit && this.thematic.shown) return this.thematic.shown.figure(String(feature.id), language);
    if (data.style.kind !== 'classes' || (isUnit && this.plainUnits)) return null;
    return valueText(data.style.field, feature.properties?.[data.style.field] ?? null, data, language);
  }

  /** A feature is pointed at in a table. */
  private point(id: string, feature: Feature | null): void {
    this.hover(id, feature);
    this.highlight.ring(feature?.geometry ?? null);
    // What has no place of its own is in its municipality.
    const unit = feature?.geometry === null && feature.properties?.territory_id;
    if (typeof unit === 'string')
      this.highlight.hover(this.stack.vector(UNITS_LAYER)?.layer.find(unit)?.geometry ?? null);
  }

  private async goTo({
    layer,
    id,
    bbox,
    point,
    spot,
  }: Pick<Result, 'layer' | 'id' | 'bbox' | 'point' | 'spot'>): Promise<void> {
    this.inspector.close();
    if (phone.matches) this.panel.rest();
    const { notices, t } = this.desk;
    if (spot) {
      if (!(await this.tools.goTo(spot)))
        notices.show('spot', { what: t.beyondMap, help: t.beyondMapHelp }, t);
      return;
    }
    const bounds = bbox?.length === 4 ? (bbox as Bounds) : undefined;
    await this.desk.view.fly({ bounds, point });
    await this.inspector.select({ layer, id });
  }

  private async goToFeature(layer: string, { id, geometry }: Feature): Promise<void> {
    const bbox = geometry ? boundsOf(geometry) : undefined;
    const point = bbox && ([bbox[0], bbox[1]] as [number, number]);
    await this.goTo({ layer, id: String(id), bbox, point });
  }

  // Language, theme, keys

  private speak(): void {
    const { t, language, view } = this.desk;
    document.documentElement.lang = language;
    document.title = `${t.name} · ${t.region}`;
    this.skip.textContent = t.toMap;
    this.name.replaceChildren(h('strong', {}, t.name), h('span', {}, t.region));
    this.languages.setAttribute('aria-label', t.language);
    this.languages.replaceChildren(
      this.languageButton('ru', 'Рус', 'Русский'),
      this.languageButton('en', 'Eng', 'English'),
    );
    this.speakTheme();
    this.share.speak();
    this.search.speak(language);
    view.speak(t);
    this.hints.speak(language);
    this.panel.speak(language);
    this.labels.speak(language);
    this.tools.speak();
    this.refresh();
  }

  /** The frame, and all that the server has said. */
  private speakAll(): void {
    this.speak();
    for (const piece of this.pieces) void piece.speak();
  }

  private speakTheme(): void {
    const { t } = this.desk;
    const dark = theme() === 'dark';
    const label = dark ? t.toLight : t.toDark;
    this.themeSwitch.textContent = dark ? '☀' : '☾';
    this.themeSwitch.setAttribute('aria-label', label);
    this.themeSwitch.title = label;
  }

  private languageButton(language: Language, text: string, title: string): HTMLElement {
    const click = () => void this.setLanguage(language);
    const pressed = String(language === this.desk.language);
    return h('button', { type: 'button', lang: language, title, 'aria-pressed': pressed, click }, text);
  }

  private async setLanguage(language: Language): Promise<void> {
    if (language === this.desk.language) return;
    this.desk.language = language;
    remember('lang', language);
    this.speak();
    await this.retitle();
    this.address.write();
  }

  private async retitle(): Promise<void> {
    await this.desk.reaches(this.stack.retitle(), () => void this.retitle());
    this.speakAll();
  }

  private key(event: KeyboardEvent): void {
    const typing = event.target instanceof Element && event.target.matches(TYPING);
    if (event.key === 'Escape') (this.inspector.isOpen ? this.inspector : this.drawer).close();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    // On a Russian keyboard the same physical keys give other letters.
    if (event.key === '?' || (event.code === 'Slash' && event.shiftKey)) this.panel.open('about');
    else if (event.key === '/' || event.code === 'Slash') {
      event.preventDefault();
      this.search.focus();
    } else if (event.code === 'KeyL') this.panel.toggle();
    else if (event.code === 'KeyT') this.tables.toggle();
  }

  private skipToMap(event: Event): void {
    event.preventDefault();
    this.mapElement.focus();
  }

  private placeLegend(): void {
    const { view, language } = this.desk;
    if (isEmbedded()) view.legendCorner.replaceChildren(livingLink(language), this.legend.element);
    else if (phone.matches) this.panel.takeLegend(this.legend.element);
    else view.legendCorner.append(this.legend.element);
  }
}

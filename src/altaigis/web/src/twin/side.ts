/** The second map beside the first: the same layers, and the units by their other indicator. */

import type { Collection, Feature, Language } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { LayerData } from '../feature';
import { Highlight } from '../map/highlight';
import { Labels } from '../map/labels';
import { Marks } from '../map/marks';
import { Pair } from '../map/pair';
import { RasterLayer } from '../map/raster';
import { regionLabels } from '../map/regions';
import { Settlements } from '../map/settlements';
import { VectorLayer } from '../map/vector';
import { MapView } from '../map/view';
import { type LayerStack, type OnMap, SPACE_LAYER, type StackEvents, UNITS_LAYER } from '../stack';
import type { Numbers } from '../thematic/numbers';
import { WORDS } from './words';

type Drawn = VectorLayer | Settlements | RasterLayer;

export class Side {
  private readonly element = h('section', { class: 'twin-map', 'data-testid': 'twin-map' });
  private readonly view: MapView;
  private readonly pair: Pair;
  private readonly marks: Marks;
  private readonly labels: Labels;
  private readonly highlight: Highlight;
  private readonly drawn = new Map<string, Drawn>();
  private readonly on = new Set<string>();
  private numbers: Numbers | null = null;

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly events: StackEvents,
    /** Rasters that the second map has in the place of those of the first, by the ids of these. */
    private readonly instead: ReadonlyMap<string, Collection> = new Map(),
  ) {
    // Leaflet measures its element: it has to be in the page.
    document.body.append(this.element);
    this.view = new MapView(this.element);
    this.pair = new Pair(desk.view, this.view);
    this.marks = new Marks(this.view);
    this.labels = new Labels(this.view);
    this.highlight = new Highlight(this.view);
  }

  /** How the units look, and what their values are, where they are others than on the first map. */
  show(look: LayerData | null, numbers: Numbers | null = null): void {
    const { language } = this.desk;
    this.numbers = numbers;
    const shown = this.stack.shown;
    for (const id of this.on) if (!shown.some(({ collection }) => collection.id === id)) this.hide(id);
    for (const { collection, known } of shown) this.put(collection.id, known, language);
    const units = this.drawn.get(UNITS_LAYER);
    if (look && units instanceof VectorLayer) units.recolour(look);
    this.labels.speak(language);
    this.element.setAttribute('aria-label', WORDS[language].second);
  }

  light(feature: Feature | null): void {
    this.highlight.hover(feature?.geometry ?? null);
  }

  resize(): void {
    this.pair.resize();
  }

  remove(): void {
    this.pair.end();
    this.view.remove();
    this.element.remove();
  }

  private put(id: string, known: OnMap, language: Language): void {
    const layer = this.drawn.get(id) ?? this.make(id, known);
    this.drawn.set(id, layer);
    if (!this.on.has(id)) layer.show();
    this.on.add(id);
    if (id === SPACE_LAYER && known.kind === 'vector') this.labels.show(id, regionLabels(known.data));
    layer.fade(this.stack.opacity.get(id) ?? 1);
    if (!(layer instanceof VectorLayer)) return;
    layer.speak(language);
    layer.setFillVisible(this.stack.isFilled(layer.data));
  }

  private make(id: string, known: OnMap): Drawn {
    const { view, marks, labels } = this;
    if (known.kind === 'raster') {
      const own = this.stack.shown.find((each) => each.known === known)?.collection;
      const collection = this.instead.get(id) ?? own;
      if (!collection) throw new Error(`${id} is not on`);
      // The first map has told of tiles that fail.
      return new RasterLayer(view, collection, { arrived() {}, failed() {} });
    }
    const { pick, hover } = this.events;
    const events = {
      pick: (...picked: Parameters<StackEvents['pick']> extends [string, ...infer Rest] ? Rest : never) =>
        pick(id, ...picked),
      hover: (feature: Feature | null) => hover(id, feature),
      tip: (feature: Feature) => this.tip(id, known.data, feature),
    };
    return known.layer instanceof Settlements
      ? new Settlements(labels, known.data, events)
      : new VectorLayer(view, marks, known.data, events);
  }

  private tip(layer: string, data: LayerData, feature: Feature): string | null {
    const { numbers, desk, events } = this;
    if (layer !== UNITS_LAYER || !numbers) return events.tip(data, feature);
    return numbers.figure(String(feature.id), desk.language);
  }

  private hide(id: string): void {
    this.on.delete(id);
    this.drawn.get(id)?.hide();
    if (id === SPACE_LAYER) this.labels.hide(id);
  }
}

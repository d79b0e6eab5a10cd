/** What is under the pointer and what is selected: the popup, the outline, the choice where several things lie. */

import * as api from './api';
import type { Catalogue } from './catalogue';
import type { Collection, Feature } from './contract';
import type { Desk } from './desk';
import type { Highlight } from './map/highlight';
import type { Labels } from './map/labels';
import type { Marks } from './map/marks';
import { Popups } from './map/popups';
import { VectorLayer } from './map/vector';
import type { Click, Point } from './map/view';
import type { Piece } from './piece';
import { alsoSection, featurePopup, type Listed, listPopup, rasterSection } from './popup';
import { LABEL_LAYER, type LayerStack, UNITS_LAYER } from './stack';
import type { Selection, State } from './state';

/** How far beside a line a click still means it, pixels. */
const REACH = 5;

export class Inspector implements Piece {
  selection: Selection | null = null;
  /** What others have to say of a feature that is opened. */
  readonly remarks: ((layer: string, feature: Feature) => HTMLElement | null)[] = [];
  private readonly popups: Popups;

  constructor(
    private readonly desk: Desk,
    private readonly catalogue: Catalogue,
    private readonly stack: LayerStack,
    private readonly signs: { marks: Marks; labels: Labels; highlight: Highlight },
    private readonly changed: () => void,
  ) {
    this.popups = new Popups(desk.view, desk.notices.element, () => this.deselect());
  }

  get state(): State {
    return this.selection ? { selection: this.selection } : {};
  }

  async open({ selection }: State): Promise<string[]> {
    if (!selection) this.close();
    else if (!(await this.select(selection))) return [`${selection.layer}/${selection.id}`];
    return [];
  }

  /** Open what was clicked; where a click may mean several, let the reader choose. */
  pick(layer: string, feature: Feature, at: Point, click?: Click): void {
    const here = click ? this.under(click) : [];
    if (here.length > 1) {
      const content = listPopup(here, this.desk.language);
      const [below, rasters] = [this.covering(at), this.rastersAt(at)];
      if (below.length > 0) content.append(alsoSection(below, this.desk.language));
      if (rasters) content.append(rasters);
      this.popups.open(at, content, this.desk.t.close);
      this.deselect();
    } else if (here[0]) here[0].open();
    else void this.select({ layer, id: String(feature.id) }, at);
  }

  /** Nothing lies here; a raster has a value everywhere. */
  pickNothing(at: Point): void {
    const [crowd] = this.stack.under(this.desk.view.clickAt(at));
    if (crowd) {
      this.pick(crowd.layer, crowd.feature, at, this.desk.view.clickAt(at));
      return;
    }
    const rasters = this.rastersAt(at);
    if (rasters) this.popups.open(at, rasters, this.desk.t.close);
  }

  /** Open a feature by its identity where it lies; its layer is switched on. False where there is none. */
  async select({ layer, id }: Selection, at?: Point): Promise<boolean> {
    if (!this.stack.on.has(layer)) await this.stack.toggle(layer, true);
    const known = this.stack.vector(layer);
    const feature = known?.layer.find(id) ?? (await this.stack.fetch(layer, id));
    if (!known || !feature) return false;
    this.show(layer, feature, at ?? known.layer.anchor(feature) ?? this.placeOf(feature));
    return true;
  }

  get isOpen(): boolean {
    return this.popups.isOpen;
  }

  close(): void {
    this.popups.close();
  }

  /** Something else lies over the map now. */
  makeRoom(): void {
    this.popups.makeRoom();
  }

  /** Say what is open in another language. */
  async speak(): Promise<void> {
    const { at } = this.popups;
    if (this.selection && at) await this.select(this.selection, at);
    else this.popups.close();
  }

  private under(click: Click): Listed[] {
    const labels = this.signs.labels.under(click).flatMap(({ feature, at, attributes }) => {
      return feature ? [{ layer: attributes?.['data-layer'] ?? LABEL_LAYER, feature, at }] : [];
    });
    const all = [...this.signs.marks.under(click), ...labels, ...this.stack.under(click)];
    // A settlement out of tiles has a dot on the tile and one beside its name.
    const isFirst = (hit: (typeof all)[number], i: number) =>
      all.findIndex(({ layer, feature }) => layer === hit.layer && feature.id === hit.feature.id) === i;
    return all.filter(isFirst).flatMap(({ layer, feature, at }): Listed[] => {
      const known = this.stack.vector(layer);
      const open = () => void this.select({ layer, id: String(feature.id) }, at);
      return known ? [{ feature, data: known.data, open }] : [];
    });
  }

  /** Areas and lines of all layers at a place, from the top downwards. */
  private covering(at: Point, but?: Selection): Listed[] {
    return this.stack.shown.flatMap(({ collection, known }) => {
      if (known.kind !== 'vector' || !(known.layer instanceof VectorLayer)) return [];
      return known.layer
        .at(at, REACH)
        .filter(({ id }) => collection.id !== but?.layer || String(id) !== but.id)
        .map((feature): Listed => {
          const open = () => void this.select({ layer: collection.id, id: String(feature.id) }, at);
          return { feature, data: known.data, open };
        });
    });
  }

  private show(layer: string, feature: Feature, at: Point): void {
    const known = this.stack.vector(layer);
    if (!known) return;
    const { language, t } = this.desk;
    const unitName = (unit: string) => this.stack.unitName(unit, language);
    const content = featurePopup(feature, known.data, language, unitName);
    const said = this.remarks.flatMap((remark) => remark(layer, feature) ?? []);
    const others = this.covering(at, { layer, id: String(feature.id) });
    const also = others.length > 0 ? alsoSection(others, language) : null;
    const details = content.querySelector('.popup-fold, .popup-table');
    for (const each of [...said, this.rastersAt(at), also]) if (each) content.insertBefore(each, details);
    this.popups.open(at, content, t.close);
    this.selection = { layer, id: String(feature.id) };
    this.signs.highlight.select(feature.geometry);
    this.changed();
  }

  /** Where to speak of a feature without a place: in its municipality, or in the middle of what is seen. */
  private placeOf(feature: Feature): Point {
    const known = this.stack.vector(UNITS_LAYER);
    const territory = feature.properties?.territory_id;
    if (known && typeof territory === 'string') {
      const unit = known.layer.find(territory);
      const at = unit && known.layer.anchor(unit);
      if (at) return at;
    }
    return this.desk.view.centre;
  }

  private rastersAt(point: Point): HTMLElement | null {
    const { language } = this.desk;
    const answers = this.catalogue.all
      .filter((each) => this.stack.on.has(each.id) && each['altai:kind'] === 'raster')
      .map((each): [Collection, ReturnType<typeof api.rasterValue>] => [
        each,
        api.rasterValue(each.id, point.lng, point.lat, language),
      ]);
    return answers.length > 0 ? rasterSection(answers, language) : null;
  }

  private deselect(): void {
    this.selection = null;
    this.signs.highlight.select(null);
    this.changed();
  }
}

/** Municipalities that are picked: their names as chips, their passport and their comparison in the drawer. */

import type { Position } from 'geojson';
import type { Feature } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { Drawer } from '../drawer';
import type { Highlight } from '../map/highlight';
import type { Piece } from '../piece';
import { type LayerStack, UNITS_LAYER } from '../stack';
import type { State } from '../state';
import { type Comparison, toggled } from './choice';
import type { Rule } from './within';
import { WORDS } from './words';

/** What the drawer shows; it can mark a unit that is pointed at elsewhere. */
export interface Sheet {
  element: HTMLElement;
  title: string;
  light?: (unit: string | null) => void;
  /** Others are picked now. */
  settle?: (units: readonly string[]) => void;
}

/** What a sheet works with. */
export interface Bench {
  desk: Desk;
  picked: readonly string[];
  name: (unit: string) => string;
  hover: (unit: string | null) => void;
  pick: (unit: string) => void;
  openPassport: (units: readonly string[]) => void;
}

type Shown =
  | { kind: 'passport'; units: readonly string[] }
  | { kind: 'compare'; comparison: Comparison }
  | { kind: 'choose' };

export class Territories implements Piece {
  readonly element = h('section', { class: 'picked', 'data-testid': 'picked', hidden: true });
  /** Opens the ways to choose several. */
  readonly button = h('button', {
    type: 'button',
    class: 'map-tool',
    'data-testid': 'choose-units',
    click: () => void this.show({ kind: 'choose' }),
  });
  private picked: readonly string[] = [];
  /** How the last ones came to be picked, where that takes a word. */
  private said = '';
  private shown: Shown | null = null;
  private sheet: Sheet | null = null;
  /** Counts what was asked for: an answer that comes late is not shown over a later one. */
  private turn = 0;

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly signs: { highlight: Highlight; drawer: Drawer },
    private readonly changed: () => void,
  ) {
    this.button.append('⬠');
    this.nameButton();
    // Before the map hears of it: with Shift, or while units are chosen, a click picks and opens nothing.
    const map = desk.view.leaflet.getContainer();
    map.addEventListener(
      'click',
      (event) => this.clickToPick(event, event.shiftKey || this.isChoosing),
      true,
    );
    map.addEventListener(
      'keydown',
      (event) => this.clickToPick(event, event.key === 'Enter' && (event.shiftKey || this.isChoosing)),
      true,
    );
  }

  get state(): State {
    const { shown } = this;
    return {
      ...(this.picked.length > 0 && { units: [...this.picked] }),
      ...(shown?.kind === 'passport' && { passport: [...shown.units] }),
      ...(shown?.kind === 'compare' && { compare: shown.comparison }),
    };
  }

  async open({ units = [], passport = [], compare, view }: State): Promise<string[]> {
    // They are found, outlined and named by their layer.
    const isTold = units.length > 0 || passport.length > 0 || compare !== undefined;
    if (isTold && !this.stack.vector(UNITS_LAYER)) await this.stack.toggle(UNITS_LAYER, true);
    const known = this.stack.vector(UNITS_LAYER)?.layer;
    const isKnown = (unit: string) => !known || known.find(unit) !== undefined;
    this.picked = units.filter(isKnown);
    this.mark();
    const missing = [...new Set([...units, ...passport])].filter((unit) => !isKnown(unit));
    const wanted = passport.filter(isKnown);
    if (wanted.length > 0) await this.show({ kind: 'passport', units: wanted });
    else if (compare) await this.show({ kind: 'compare', comparison: compare });
    else if (this.shown) this.signs.drawer.close();
    // A link that says where to look is taken at its word.
    if (!view && this.shown) this.reveal(wanted.length > 0 ? wanted : this.picked);
    return missing;
  }

  async speak(): Promise<void> {
    this.nameButton();
    this.mark();
    if (this.shown) await this.show(this.shown);
  }

  /** What can be done with a unit whose popup is open. */
  describe(layer: string, feature: Feature): HTMLElement | null {
    if (layer !== UNITS_LAYER) return null;
    const unit = String(feature.id);
    const t = this.words;
    const adding = h(
      'button',
      {
        type: 'button',
        class: 'quiet-button',
        'data-testid': 'popup-pick',
        click: () => {
          this.toggle(unit);
          adding.textContent = this.picked.includes(unit) ? t.drop : t.add;
        },
      },
      this.picked.includes(unit) ? t.drop : t.add,
    );
    const opening = h(
      'button',
      { type: 'button', 'data-testid': 'popup-passport', click: () => this.openPassport([unit]) },
      t.passport,
    );
    return h('p', { class: 'popup-actions' }, opening, adding);
  }

  /** A unit is pointed at on the map. */
  hover(layer: string, feature: Feature | null): void {
    if (layer === UNITS_LAYER) this.sheet?.light?.(feature ? String(feature.id) : null);
  }

  private get words() {
    return WORDS[this.desk.language];
  }

  private nameButton(): void {
    this.button.title = this.words.choose;
    this.button.setAttribute('aria-label', this.words.choose);
  }

  private get isChoosing(): boolean {
    return this.shown?.kind === 'choose';
  }

  private clickToPick(event: Event, meant: boolean): void {
    const unit = meant && event.target instanceof Element && event.target.getAttribute('data-fid');
    if (!unit || (event.target as Element).getAttribute('data-layer') !== UNITS_LAYER) return;
    event.stopPropagation();
    event.preventDefault();
    this.toggle(unit);
  }

  private toggle(unit: string): void {
    this.pick(toggled(this.picked, unit));
  }

  private pick(units: readonly string[], said = ''): void {
    this.picked = units;
    this.said = said;
    this.mark();
    this.changed();
    if (this.shown?.kind === 'compare') void this.show(this.shown).then(() => this.reveal(units));
    this.sheet?.settle?.(units);
  }

  /** A shape was drawn: what lies in it is picked besides what was. */
  private async pickWithin(ring: Position[], rule: Rule): Promise<void> {
    const known = this.stack.vector(UNITS_LAYER);
    if (!known) return;
    const { within } = await import('./within');
    const found = within(ring, known.data.features, rule, (unit) => {
      const at = known.layer.anchor(unit);
      return at && [at.lng, at.lat];
    });
    this.pick([...new Set([...this.picked, ...found])], this.words.foundBy[rule](found.length));
    this.element.querySelector('button')?.focus();
  }

  private openPassport(units: readonly string[]): void {
    // It tells all that the popup did, and more.
    this.desk.view.leaflet.closePopup();
    void this.show({ kind: 'passport', units }).then(() => this.reveal(units));
  }

  private openComparison(): void {
    void this.show({ kind: 'compare', comparison: { form: 'table' } }).then(() => this.reveal(this.picked));
  }

  /** The drawer may lie over what it tells of. */
  private reveal(units: readonly string[]): void {
    this.desk.view.reveal(units.flatMap((unit) => this.unit(unit)?.geometry ?? []));
  }

  /** Outline what is picked, and what the drawer tells of. */
  private outline(): void {
    const told = this.shown?.kind === 'passport' ? this.shown.units : [];
    const units = [...new Set([...this.picked, ...told])];
    this.signs.highlight.pick(units.flatMap((unit) => this.unit(unit)?.geometry ?? []));
  }

  /** Outline what is picked, and name it. */
  private mark(): void {
    this.outline();
    const t = this.words;
    const chips = this.picked.map((unit) => {
      const label = t.remove(this.name(unit));
      const drop = () => this.toggle(unit);
      return h(
        'li',
        {
          'data-unit': unit,
          pointerenter: () => this.point(unit),
          pointerleave: () => this.point(null),
        },
        h('span', {}, this.name(unit)),
        h('button', { type: 'button', 'aria-label': label, title: label, click: drop }, '×'),
      );
    });
    const button = (text: string, testid: string, click: () => void) =>
      h('button', { type: 'button', class: 'pick-action', 'data-testid': testid, click }, text);
    this.element.hidden = this.picked.length === 0 && this.said === '';
    this.element.setAttribute('aria-label', t.picked);
    this.element.title = t.pickHint;
    this.element.replaceChildren(
      button(t.compare, 'compare', () => this.openComparison()),
      button(t.passport, 'passport', () => this.openPassport(this.picked)),
      button(t.clear, 'clear-picked', () => this.pick([])),
      h('p', { class: 'picked-said', role: 'status', 'data-testid': 'picked-said' }, this.said),
      h('ul', {}, ...chips),
    );
  }

  private async show(shown: Shown): Promise<void> {
    const turn = ++this.turn;
    const sheet = await this.desk.during(this.make(shown));
    if (turn !== this.turn) return;
    const { drawer } = this.signs;
    const isSame = this.shown?.kind === shown.kind && drawer.isOpen;
    if (isSame) drawer.fill(sheet.title, sheet.element);
    else drawer.open(sheet.title, sheet.element, () => this.leave());
    this.shown = shown;
    this.sheet = sheet;
    this.outline();
    document.documentElement.classList.toggle('with-comparison', shown.kind === 'compare');
    this.changed();
  }

  private async make(shown: Shown): Promise<Sheet> {
    const bench: Bench = {
      desk: this.desk,
      picked: this.picked,
      name: (unit) => this.name(unit),
      hover: (unit) => this.point(unit),
      pick: (unit) => this.toggle(unit),
      openPassport: (units) => this.openPassport(units),
    };
    const t = this.words;
    try {
      if (shown.kind === 'passport')
        return await (await import('./passport')).passportSheet(bench, shown.units);
      if (shown.kind === 'choose') return await this.chooser(bench);
      const choose = (comparison: Comparison) => void this.show({ kind: 'compare', comparison });
      return await (await import('./compare')).compareSheet(bench, shown.comparison, choose);
    } catch {
      const again = h('button', { type: 'button', click: () => void this.show(shown) }, t.retry);
      const title = { passport: t.passport, compare: t.compareTitle, choose: t.choose }[shown.kind];
      return { title, element: h('div', { class: 'sheet-failed' }, h('p', {}, t.failed), again) };
    }
  }

  private async chooser(bench: Bench): Promise<Sheet> {
    const { chooserSheet } = await import('./chooser');
    const units = this.stack.vector(UNITS_LAYER)?.data.features.map(({ id }) => String(id)) ?? [];
    return chooserSheet(bench, {
      units,
      drawing: () => this.signs.drawer.close(),
      drawn: (ring, rule) => void this.pickWithin(ring, rule),
    });
  }

  private leave(): void {
    this.turn++;
    this.shown = null;
    this.sheet = null;
    this.outline();
    document.documentElement.classList.remove('with-comparison');
    this.changed();
  }

  /** A unit is pointed at in a sheet, or among the chips: the map shows it, and so does the sheet. */
  private point(unit: string | null): void {
    this.signs.highlight.hover(unit === null ? null : (this.unit(unit)?.geometry ?? null));
    this.sheet?.light?.(unit);
  }

  private unit(id: string): Feature | undefined {
    return this.stack.vector(UNITS_LAYER)?.layer.find(id);
  }

  private name(unit: string): string {
    return this.stack.unitName(unit, this.desk.language) ?? unit;
  }
}

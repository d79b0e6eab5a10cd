/** The table itself: which layer, its rows page by page, sorted by their headings and linked with the map. */

import './table.css';
import * as api from '../api';
import type { Feature } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { LayerData } from '../feature';
import type { LayerStack } from '../stack';
import { sorted } from '../territory/table';
import { type Observed, observedSheet } from './observed';
import { featureRows, type Row, rankedRows, type Sheet } from './rows';
import type { TableEvents } from './tables';
import { WORDS } from './words';

export interface SheetEvents extends TableEvents {
  choose: (layer: string) => void;
  /** Where a layer's values are a file, if it is not the layer's own. */
  file: (layer: string) => string | null;
  /** What the map shows of a layer's features, where that is not the layer. */
  observed: (layer: string) => Observed | null;
}

/** As many features as are asked for at once, and as many rows as a page has. */
const MOST = 1000;
const PAGE = 100;
/** A map that moves is asked about when it has come to rest. */
const REST_MS = 250;

interface Order {
  at: number;
  down: boolean;
}

export class TableSheet {
  readonly element = h('div', { class: 'table-sheet', 'data-testid': 'table-sheet' });
  private data: LayerData | null = null;
  private layers: readonly LayerData[] = [];
  private told: unknown[] = [];
  private sheet: Sheet | null = null;
  private features = new Map<string, Feature>();
  private order: Order | null = null;
  private page = 0;
  private isObserved = false;
  private timer = 0;
  /** Counts what was asked for: an answer that comes late is not shown over a later one. */
  private turn = 0;

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly events: SheetEvents,
  ) {
    const unitOf = (event: Event) =>
      event.target instanceof Element ? event.target.closest('tr')?.getAttribute('data-unit') : null;
    const point = (event: Event) => this.point(unitOf(event) ?? null);
    this.element.addEventListener('pointerover', point);
    this.element.addEventListener('pointerleave', () => this.point(null));
    this.element.addEventListener('focusin', point);
    this.element.addEventListener('keydown', (event) => this.key(event));
  }

  private get t() {
    return WORDS[this.desk.language];
  }

  /** Show a layer as it is now; the same one keeps its order. */
  refresh(layers: readonly LayerData[], layer: string): void {
    const data = layers.find(({ collection }) => collection.id === layer) ?? null;
    const titles = layers.map(({ collection }) => collection.title).join();
    const observed = this.events.observed(layer);
    const shown = [observed?.standings, observed?.moving?.frames, observed?.moving?.at];
    const told = [data, data?.schema, titles, this.desk.language, ...shown];
    // Much is set on the map that no table tells of.
    if (told.every((each, at) => each === this.told[at])) return;
    this.order = observed || this.isObserved ? null : this.order;
    this.isObserved = observed !== null;
    this.told = told;
    this.layers = layers;
    if (data?.collection.id !== this.data?.collection.id) this.order = null;
    this.data = data;
    this.page = 0;
    void this.load();
  }

  /** The map shows another place. */
  moved(): void {
    if (!this.sheet?.isOfView) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.load(), REST_MS);
  }

  /** Mark the row of a feature that is pointed at on the map. */
  light(unit: string | null): void {
    for (const row of this.element.querySelectorAll('tbody tr'))
      row.classList.toggle('lit', row.getAttribute('data-unit') === unit);
  }

  private async load(): Promise<void> {
    const turn = ++this.turn;
    try {
      const sheet = await this.desk.during(this.ask());
      if (turn !== this.turn || !this.element.isConnected) return;
      this.sheet = sheet;
      this.render();
    } catch (cause) {
      if (!(cause instanceof api.ApiError)) throw cause;
      const again = h('button', { type: 'button', click: () => void this.load() }, this.t.retry);
      this.element.replaceChildren(h('p', { role: 'alert' }, this.t.failed), again);
    }
  }

  private async ask(): Promise<Sheet | null> {
    const { data } = this;
    const { language } = this.desk;
    if (!data) return null;
    const { id, title } = data.collection;
    const observed = this.events.observed(id);
    if (observed) {
      this.keep(data.features);
      return observedSheet(observed, language);
    }
    const ranked = rankedRows(data, language);
    if (ranked) {
      this.keep(data.features);
      const csv = this.events.file(id) ?? api.pageAddress(id, { f: 'csv' });
      return { ...ranked, of: ranked.rows.length, isOfView: false, csv };
    }
    const within = { bbox: this.desk.view.seen.map((edge) => edge.toFixed(4)).join(',') };
    const zoom = Math.round(this.desk.view.view.zoom);
    const answer = await api.page(id, { ...within, zoom, limit: MOST, sortby: this.sortby });
    this.keep(answer.features);
    const unitName = (unit: string) => this.stack.unitName(unit, language);
    const rows = featureRows({ ...data, features: answer.features }, language, unitName);
    const of = answer.numberMatched ?? answer.features.length;
    return {
      ...rows,
      caption: this.t.inView(title, of),
      of,
      isOfView: true,
      csv: api.pageAddress(id, { ...within, f: 'csv' }),
    };
  }

  private keep(features: readonly Feature[]): void {
    this.features = new Map(features.map((feature) => [String(feature.id), feature]));
  }

  /** Of more features than are asked for, the server has to find the first. */
  private get sortby(): string | undefined {
    const field = this.order && this.sheet?.columns[this.order.at]?.field;
    if (!field || !this.sheet || this.sheet.of <= MOST) return undefined;
    return `${this.order?.down ? '-' : ''}${field}`;
  }

  private get rows(): readonly Row[] {
    const { sheet, order } = this;
    if (!sheet) return [];
    return order && !this.sortby ? sorted(sheet.rows, order.at, order.down) : sheet.rows;
  }

  private render(): void {
    const { t, sheet } = this;
    const focused = document.activeElement?.getAttribute('data-table');
    if (!sheet || !this.data) {
      this.element.replaceChildren(h('p', {}, t.noLayers));
      return;
    }
    const { rows } = this;
    const from = this.page * PAGE;
    const seen = rows.slice(from, from + PAGE);
    const table = h(
      'table',
      {},
      h('caption', {}, h('span', {}, sheet.caption)),
      h('thead', {}, h('tr', {}, ...sheet.columns.map((_, at) => this.heading(sheet, at)))),
      h('tbody', {}, ...seen.map((row) => this.row(sheet, row))),
    );
    const scroll = { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': sheet.caption };
    this.element.replaceChildren(
      this.chooser(),
      ...(sheet.of > rows.length
        ? [h('p', { class: 'table-first', 'data-testid': 'table-first' }, t.firstOf(rows.length, sheet.of))]
        : []),
      rows.length === 0 ? h('p', {}, t.nothing) : h('div', scroll, table),
      ...(rows.length > PAGE ? [this.pager(rows.length, from, seen.length)] : []),
      h(
        'p',
        { class: 'sheet-actions' },
        h('a', { href: sheet.csv, download: true, 'data-testid': 'table-csv' }, t.csv),
      ),
      h('p', { class: 'quiet' }, t.hint),
    );
    if (focused) this.element.querySelector<HTMLElement>(`[data-table="${CSS.escape(focused)}"]`)?.focus();
  }

  private chooser(): HTMLElement {
    const select = h(
      'select',
      {
        'data-table': 'layer',
        'data-testid': 'table-layer',
        change: (event: Event) => this.events.choose((event.currentTarget as HTMLSelectElement).value),
      },
      ...this.layers.map(({ collection }) => h('option', { value: collection.id }, collection.title)),
    );
    select.value = this.data?.collection.id ?? '';
    return h('label', { class: 'setting' }, h('span', {}, this.t.layer), select);
  }

  private heading({ columns }: Sheet, at: number): HTMLElement {
    const { order } = this;
    const isNow = order?.at === at;
    const sort = () => {
      // Numbers are asked for from the largest, names from the first letter.
      const down = isNow ? !order.down : columns[at]?.isFigure === true;
      this.order = { at, down };
      this.page = 0;
      if (this.sheet && this.sheet.of > MOST) void this.load();
      else this.render();
    };
    return h(
      'th',
      {
        scope: 'col',
        class: columns[at]?.isFigure ? 'figure' : null,
        ...(isNow && { 'aria-sort': order.down ? 'descending' : 'ascending' }),
      },
      h('button', { type: 'button', 'data-table': `sort-${at}`, click: sort }, columns[at]?.title ?? ''),
    );
  }

  private row({ columns }: Sheet, row: Row): HTMLElement {
    const cells = row.cells.map((value, at) => {
      const text = columns[at]?.text(value) ?? '';
      if (at === 0) {
        const go = () => this.go(row.unit);
        return h('th', { scope: 'row' }, h('button', { type: 'button', click: go }, text));
      }
      const swatch = at === row.cells.length - 1 && row.colour ? h('span', { class: 'swatch' }) : null;
      if (swatch && row.colour) swatch.style.background = row.colour;
      return h('td', { class: columns[at]?.isFigure ? 'figure' : null }, swatch, text);
    });
    return h('tr', { 'data-unit': row.unit }, ...cells);
  }

  private pager(all: number, from: number, shown: number): HTMLElement {
    const { t } = this;
    const turn = (name: string, text: string, to: number, possible: boolean) =>
      h(
        'button',
        {
          type: 'button',
          'data-table': name,
          disabled: !possible,
          click: () => {
            this.page = to;
            this.render();
          },
        },
        text,
      );
    return h(
      'div',
      { class: 'table-pages' },
      turn('before', t.before, this.page - 1, this.page > 0),
      h('span', { 'aria-live': 'polite' }, t.rows(from + 1, from + shown, all)),
      turn('next', t.next, this.page + 1, from + shown < all),
    );
  }

  private point(unit: string | null): void {
    const layer = this.data?.collection.id;
    if (layer) this.events.point(layer, unit === null ? null : (this.features.get(unit) ?? null));
  }

  private go(unit: string): void {
    const layer = this.data?.collection.id;
    const feature = this.features.get(unit);
    if (layer && feature) this.events.go(layer, feature);
  }

  /** The arrows lead from name to name. */
  private key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !(event.target instanceof Element) || !event.target.matches('tbody button')) return;
    event.preventDefault();
    const names = [...this.element.querySelectorAll<HTMLElement>('tbody button')];
    names[names.indexOf(event.target as HTMLElement) + step]?.focus();
  }
}

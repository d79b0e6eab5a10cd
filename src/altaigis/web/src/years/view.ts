/** A dialog with a small map for each year, all by the same colours: what is pointed at in one is shown in all. */

import './years.css';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { LayerData } from '../feature';
import { MESSAGES } from '../i18n';
import type { LayerStack } from '../stack';
import { colourKey } from '../thematic/key';
import type { Numbers } from '../thematic/numbers';
import { toggledYear, type Years } from './choice';
import { Painter } from './painter';
import { picture } from './shapes';
import { WORDS } from './words';

/** How wide a small map is drawn, pixels, among few and among many; the page may show it smaller. */
const WIDTH = { few: 600, many: 300 };
const FEW = 4;

export interface YearsEvents {
  shown: (years: Years) => void;
  /** A year is wanted on the large map. */
  open: (period: number) => void;
  closed: () => void;
}

type Told = ReadonlyMap<number, Numbers>;

/** One of the small maps. */
interface Cell {
  numbers: Numbers;
  map: HTMLCanvasElement;
  over: HTMLCanvasElement;
  said: HTMLElement;
}

export class YearsView {
  private readonly dialog = h('dialog', {
    class: 'years-view',
    'data-testid': 'years',
    'aria-labelledby': 'years-title',
    close: () => this.closed(),
    // The keys of the map behind it are not meant.
    keydown: (event: Event) => event.stopPropagation(),
  });
  private painter: Painter | null = null;
  private cells: Cell[] = [];
  /** What a canvas has drawn does not follow the style sheet. */
  private readonly themed = new MutationObserver(() => this.paint());

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly events: YearsEvents,
  ) {
    document.body.append(this.dialog);
    this.themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  }

  show(told: Told, years: Years, units: LayerData): void {
    this.render(told, years, units);
    if (!this.dialog.open) this.dialog.showModal();
  }

  close(): void {
    this.dialog.close();
  }

  private closed(): void {
    this.themed.disconnect();
    this.dialog.remove();
    this.events.closed();
  }

  private get t() {
    return WORDS[this.desk.language];
  }

  private render(told: Told, years: Years, units: LayerData): void {
    const { t } = this;
    const { language } = this.desk;
    const shown = years === 'all' ? [...told.keys()] : years.filter((year) => told.has(year));
    const [first] = told.values();
    const { attribution } = units.collection;
    if (!first) return;
    const isFew = shown.length <= FEW;
    this.painter = new Painter(picture(units.features, isFew ? WIDTH.few : WIDTH.many));
    const chosen = new Set(shown);
    const toggle = (year: number) => {
      const next = toggledYear(shown, year);
      const all = next.length === told.size;
      this.render(told, all ? 'all' : next, units);
      this.dialog.querySelector<HTMLElement>(`[data-year-chip="${year}"]`)?.focus();
      this.events.shown(all ? 'all' : next);
    };
    const chips = [...told.keys()].map((year) =>
      h(
        'button',
        {
          type: 'button',
          'aria-pressed': String(chosen.has(year)),
          'data-year-chip': year,
          click: () => toggle(year),
        },
        String(year),
      ),
    );
    const button = (text: string, name: string, click: () => void) =>
      h('button', { type: 'button', 'data-testid': name, click }, text);
    this.cells = [];
    const figures = shown.flatMap((year) => {
      const numbers = told.get(year);
      return numbers ? [this.figure(year, numbers)] : [];
    });
    this.dialog.replaceChildren(
      h(
        'header',
        {},
        h(
          'h2',
          { id: 'years-title', tabindex: -1, autofocus: true },
          t.title(first.measured(first.classes.name, language)),
        ),
        button(t.print, 'years-print', () => window.print()),
        button(t.close, 'years-close', () => this.close()),
      ),
      h(
        'div',
        { class: 'years-tools' },
        h('div', { class: 'years-chips', role: 'group', 'aria-label': t.years }, ...chips),
        this.finder(units),
        colourKey(first, language).element,
      ),
      h('ul', { class: isFew ? 'years-maps are-few' : 'years-maps' }, ...figures),
      h('p', { class: 'years-hint' }, t.hint),
      ...(attribution ? [h('p', {}, `${MESSAGES[language].source}: ${attribution}`)] : []),
    );
    this.paint();
    this.light(null);
  }

  /** For those who do not point: a unit by its name. */
  private finder(units: LayerData): HTMLElement {
    const names = units.features
      .map(({ id }) => ({ id: String(id), name: this.name(String(id)) }))
      .sort((a, b) => a.name.localeCompare(b.name, this.desk.language));
    return h(
      'label',
      { class: 'setting' },
      h('span', {}, this.t.unit),
      h(
        'select',
        {
          'data-testid': 'years-unit',
          change: (event: Event) => this.light((event.currentTarget as HTMLSelectElement).value || null),
        },
        h('option', { value: '' }, this.t.noUnit),
        ...names.map(({ id, name }) => h('option', { value: id }, name)),
      ),
    );
  }

  private figure(year: number, numbers: Numbers): HTMLElement {
    const { painter, t } = this;
    const { language } = this.desk;
    if (!painter) throw new Error('nothing to draw with');
    const values = [...numbers.all.values()];
    const said =
      values.length === 0
        ? t.empty(year)
        : t.described(
            year,
            values.length,
            numbers.text(Math.min(...values), language),
            numbers.text(Math.max(...values), language),
          );
    const cell: Cell = { numbers, map: painter.canvas(), over: painter.canvas(), said: h('p', {}) };
    cell.map.setAttribute('role', 'img');
    cell.map.setAttribute('aria-label', said);
    cell.over.setAttribute('aria-hidden', 'true');
    this.cells.push(cell);
    const open = () => {
      this.close();
      this.events.open(year);
    };
    const point = (event: PointerEvent) => {
      const box = cell.over.getBoundingClientRect();
      const scale = painter.width / box.width;
      this.light(painter.at(cell.map, (event.clientX - box.left) * scale, (event.clientY - box.top) * scale));
    };
    return h(
      'li',
      { 'data-year': year },
      h(
        'button',
        {
          type: 'button',
          title: t.choose(year),
          'aria-label': `${said}. ${t.choose(year)}`,
          click: open,
          pointermove: point,
          pointerleave: () => this.light(null),
        },
        h('strong', {}, String(year)),
        h('span', { class: 'years-map' }, cell.map, cell.over),
      ),
      cell.said,
    );
  }

  /** Fill all that is on the page. */
  private paint(): void {
    for (const { map, numbers } of this.cells) this.painter?.fill(map, numbers);
  }

  /** Show one unit in all years, and what it had; nothing pointed at: what the krai had. */
  private light(unit: string | null): void {
    const { language } = this.desk;
    for (const { over, numbers, said } of this.cells) {
      this.painter?.light(over, unit);
      const value = unit === null ? null : numbers.of(unit);
      if (unit !== null) {
        const figure = value === null ? MESSAGES[language].noData : numbers.text(value, language);
        said.textContent = `${this.name(unit)}: ${figure}`;
      } else
        said.textContent =
          numbers.whole === null ? '\u00a0' : this.t.whole(numbers.text(numbers.whole, language));
    }
  }

  private name(unit: string): string {
    return this.stack.unitName(unit, this.desk.language) ?? unit;
  }
}

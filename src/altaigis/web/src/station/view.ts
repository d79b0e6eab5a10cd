/** The chart with what stands round it: choices, the readout, norms in words, the table, files; by pointer and keys. */

import type uPlot from 'uplot';
import { h } from '../dom';
import { number } from '../format';
import { type Drawing, draw, inForce, isDotted, reached, ZONE } from './chart';
import {
  BUCKETS,
  type Bucket,
  chosenOf,
  element,
  isDouble,
  keyOf,
  type Norm,
  type Offered,
  type Page,
  type Place,
} from './contract';
import { picture, save } from './picture';
import { readNormals, readNorms, readSeries, seriesAddress } from './read';
import { bucketFor, endOf, lastOf, meets, moved, type Window, zoomed } from './window';
import { WORDS, type Words } from './words';

const MOST_ROWS = 300;
const USUAL_PERIOD = '30d';
const KEYS: Record<string, (view: StationChart, event: KeyboardEvent) => void> = {
  ArrowLeft: (view, event) => (event.shiftKey ? view.move(-0.5) : view.step(-1)),
  ArrowRight: (view, event) => (event.shiftKey ? view.move(0.5) : view.step(1)),
  Home: (view) => view.step(-Number.MAX_SAFE_INTEGER),
  End: (view) => view.step(Number.MAX_SAFE_INTEGER),
  '+': (view) => view.zoom(0.5),
  '=': (view) => view.zoom(0.5),
  '-': (view) => view.zoom(2),
  '0': (view) => view.reset(),
};

export class StationChart {
  private readonly words: Words;
  private readonly target: HTMLElement;
  private readonly readout: HTMLElement;
  private readonly form: HTMLFormElement;
  private asked = new AbortController();
  private window: Window | null = null;
  private drawing: Drawing | null = null;
  private plot: uPlot | null = null;
  private cursor: number | null = null;
  /** What the chart watches, until it is closed. */
  private readonly life = new AbortController();
  private readonly resized = new ResizeObserver(() => {
    if (this.plot && this.plot.width !== this.target.clientWidth) this.redraw();
  });
  private readonly recoloured = new MutationObserver(() => this.redraw());

  constructor(
    private readonly root: HTMLElement,
    private readonly page: Page,
    private readonly place: Place,
  ) {
    this.words = WORDS[this.page.language];
    this.target = element('.chart', root);
    this.readout = element('.readout', root);
    this.form = element<HTMLFormElement>('form', root);
  }

  open(): void {
    this.root.hidden = false;
    this.offer();
    this.recall();
    this.form.addEventListener('submit', (event) => event.preventDefault());
    this.form.addEventListener('change', (event) => {
      // another time is another window; another parameter keeps it, if it has values then
      const isTime = (event.target as HTMLElement).getAttribute('name') === 'period';
      if (isTime || (this.window && !meets(this.series(), this.window))) this.window = null;
      void this.show();
    });
    this.target.addEventListener('keydown', (event) => {
      const act = KEYS[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act(this, event);
    });
    this.target.addEventListener('dblclick', () => this.reset());
    for (const [name, factor] of [
      ['.closer', 0.5],
      ['.farther', 2],
    ] as const)
      element(name, this.root).addEventListener('click', () => this.zoom(factor));
    element('.whole', this.root).addEventListener('click', () => this.reset());
    element('.png', this.root).addEventListener('click', () => void this.export());
    const { signal } = this.life;
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw(), { signal });
    this.recoloured.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    this.resized.observe(this.target);
    void this.show();
  }

  /** Somebody has changed what the place remembers. */
  reopen(): void {
    this.recall();
    void this.show();
  }

  /** The same stretch anew: there are other values. */
  refresh(): void {
    void this.show();
  }

  /** The chart is seen no more. */
  close(): void {
    this.life.abort();
    this.asked.abort();
    this.resized.disconnect();
    this.recoloured.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  /** The cursor one point further, or to an end. */
  step(by: number): void {
    const points = this.drawing?.points;
    if (!points?.time.length || !this.plot) return;
    const from = this.cursor ?? (by > 0 ? -1 : points.time.length);
    let to = Math.min(Math.max(from + by, 0), points.time.length - 1);
    if (points.value[to] === null && to > 0 && to < points.time.length - 1) to += Math.sign(by);
    const [time, value] = [points.time[to], points.value[to]];
    if (time === undefined) return;
    this.plot.setCursor({
      left: this.plot.valToPos(time, 'x'),
      top: value === null || value === undefined ? 0 : this.plot.valToPos(value, 'y'),
    });
    this.tell(to);
  }

  zoom(factor: number): void {
    const [window, points] = [this.window, this.drawing?.points];
    if (!window) return;
    const time = this.cursor === null ? undefined : points?.time[this.cursor];
    const about = time === undefined ? (window.begin + window.end) / 2 : time * 1000;
    this.window = zoomed(window, factor, about, this.whole());
    void this.show();
  }

  move(share: number): void {
    if (!this.window) return;
    this.window = moved(this.window, share, this.whole());
    void this.show();
  }

  /** Back to the chosen period. */
  reset(): void {
    this.window = null;
    void this.show();
  }

  private whole(): Window {
    return { begin: this.series().first, end: endOf(this.series()) };
  }

  private series(): Offered {
    const name = this.choice('parameter');
    const found = chosenOf(name, this.page.series) ?? this.page.series[0];
    if (!found) throw new Error('a station without series has no chart');
    return found;
  }

  private choice(name: string): string {
    return String(new FormData(this.form).get(name) ?? '');
  }

  /** The series of the station, to choose from. */
  private offer(): void {
    const { series } = this.page;
    const { measured, syntheticSeries } = this.words;
    const options = series.map((one) => {
      const kind = isDouble(one, series) ? ` (${one.synthetic ? syntheticSeries : measured})` : '';
      return h('option', { value: keyOf(one, series) }, `${one.title}${kind}`);
    });
    element('select[name=parameter]', this.form).replaceChildren(...options);
  }

  /** Choices as the address has them. */
  private recall(): void {
    const { from, to, parameter, ...others } = this.place.recall();
    const meant = chosenOf(parameter, this.page.series);
    const choices = { ...others, ...(meant && { parameter: keyOf(meant, this.page.series) }) };
    for (const [name, value] of Object.entries(choices)) {
      const control = this.form.elements.namedItem(name);
      if (control instanceof RadioNodeList || control instanceof HTMLSelectElement) control.value = value;
    }
    const [begin, end] = [Date.parse(from ?? ''), Date.parse(to ?? '')];
    this.window = begin < end ? { begin, end } : null;
  }

  private async show(): Promise<void> {
    this.asked.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    const series = this.series();
    this.window ??= lastOf(series, this.choice('period') || USUAL_PERIOD);
    const window = this.window;
    const chosen = this.choice('bucket') as Bucket | 'auto';
    const bucket = BUCKETS.includes(chosen as Bucket) ? (chosen as Bucket) : bucketFor(window, series.step);
    this.remember();
    this.links(series, window, bucket);
    this.target.setAttribute('aria-busy', 'true');
    try {
      const [points, norms, normals] = await Promise.all([
        readSeries(this.page, series, window, bucket, signal),
        readNorms(this.page, series, bucket, signal),
        readNormals(this.page, series, signal),
      ]);
      this.drawing = { series, bucket, points, norms, normals, window };
      this.redraw();
    } catch (error) {
      if (!signal.aborted) this.say(this.words.failed((error as Error).message));
    } finally {
      if (!signal.aborted) this.target.removeAttribute('aria-busy');
    }
  }

  private remember(): void {
    const choices = ['parameter', 'period', 'bucket'].map((name) => [name, this.choice(name)]);
    const usual = lastOf(this.series(), this.choice('period') || USUAL_PERIOD);
    const { window } = this;
    const moved = window && (window.begin !== usual.begin || window.end !== usual.end);
    const minute = (moment: number): string => `${new Date(moment).toISOString().slice(0, 16)}Z`;
    this.place.remember({
      ...Object.fromEntries(choices),
      ...(moved && { from: minute(window.begin), to: minute(window.end) }),
    });
  }

  private redraw(): void {
    const drawing = this.drawing;
    if (!drawing) return;
    this.plot?.destroy();
    this.cursor = null;
    const { series, points } = drawing;
    this.plot = draw(this.target, drawing, this.page.language, this.words, {
      chosen: (begin, end) => {
        this.window = { begin, end };
        void this.show();
      },
      at: (index) => {
        if (index !== null && index !== this.cursor) this.tell(index);
      },
    });
    this.target.setAttribute('aria-label', this.summary());
    this.say(points.time.length ? this.summary() : this.words.nothing);
    this.legend(drawing);
    this.table(drawing);
    for (const note of this.root.querySelectorAll<HTMLElement>('.synthetic-note'))
      note.hidden = !series.synthetic;
  }

  /** What the chart shows, in a sentence. */
  private summary(): string {
    if (!this.drawing) return '';
    const { series, window, bucket } = this.drawing;
    const made = series.synthetic ? ` — ${this.words.synthetic.toLowerCase()}` : '';
    const unit = series.unit && `, ${series.unit}`;
    const day = (moment: number): string => this.moment(moment / 1000, true);
    return `${series.title}${unit}${made}: ${day(window.begin)} – ${day(window.end)}, ${this.words.buckets[bucket]}`;
  }

  private tell(index: number): void {
    if (!this.drawing) return;
    this.cursor = index;
    const { points, series, bucket } = this.drawing;
    const [time, value, low, high, count] = [
      points.time[index],
      points.value[index],
      points.low[index],
      points.high[index],
      points.count[index],
    ];
    if (time === undefined || value === null || value === undefined) return;
    const edges = low != null && high != null ? ` (${this.figure(low)} … ${this.figure(high)})` : '';
    const many = count != null ? `, n = ${number(count, this.page.language, 0)}` : '';
    const long = bucket !== 'raw' && bucket !== 'hour';
    this.say(`${this.moment(time, long)}: ${this.figure(value)} ${series.unit}${edges}${many}`);
  }

  private figure(value: number): string {
    return number(value, this.page.language, this.drawing?.series.digits ?? 2);
  }

  private moment(seconds: number, day: boolean): string {
    const options: Intl.DateTimeFormatOptions = day
      ? { dateStyle: 'medium' }
      : { dateStyle: 'medium', timeStyle: 'short' };
    const locale = this.page.language === 'ru' ? 'ru-RU' : 'en-GB';
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: ZONE }).format(seconds * 1000);
  }

  private say(text: string): void {
    this.readout.textContent = text;
  }

  private legend(drawing: Drawing): void {
    const { series, bucket, norms, points, normals } = drawing;
    const main =
      bucket === 'raw' ? this.words.value : series.totals === 'sum' ? this.words.sum : this.words.mean;
    const items = [h('li', { class: 'of-values' }, main)];
    if (bucket !== 'raw' && series.totals === 'mean')
      items.push(h('li', { class: 'of-band' }, this.words.band));
    if (normals && (series.totals !== 'sum' || bucket === 'month')) {
      items.push(h('li', { class: 'of-normals' }, this.words.normals));
      if (normals.low && normals.high)
        items.push(h('li', { class: 'of-normals-band' }, this.words.normalsBand));
    }
    const there = norms.filter((norm) => inForce(norm, drawing.window));
    const { drawn } = reached(there, points);
    for (const norm of norms) {
      const note = drawn.includes(norm) ? '' : there.includes(norm) ? this.words.above : this.words.notThen;
      const item = this.normItem(norm, series, note);
      item.classList.toggle('dotted', isDotted(norm, drawn));
      items.push(item);
    }
    element('.key', this.root).replaceChildren(...items);
  }

  /** A norm with its value, since when it is in force, and who says so where others contradict. */
  private normItem(norm: Norm, series: Offered, note: string): HTMLLIElement {
    const { language } = this.page;
    const value = `${number(norm.value, language, 4)} ${series.unit}`;
    const day = (moment: number | null): string => (moment === null ? '' : this.moment(moment / 1000, true));
    const dates = this.words.inForce(day(norm.from), day(norm.until));
    const told = [
      dates,
      note,
      ...(norm.disputed ? [this.words.disputed, this.words.bySource(norm.source)] : []),
    ].filter(Boolean);
    return h(
      'li',
      { class: 'of-norm' },
      `${norm.title}: ${value}`,
      told.length > 0 ? h('small', {}, told.join('; ')) : null,
    );
  }

  private table(drawing: Drawing): void {
    const { points, series, bucket } = drawing;
    const there = points.time.map((_, at) => at).filter((at) => points.value[at] !== null);
    const rows = there.slice(-MOST_ROWS).reverse();
    const banded = bucket !== 'raw' && series.totals === 'mean';
    const cell = (value: number | null | undefined): HTMLElement =>
      h('td', { class: 'number' }, value == null ? '–' : this.figure(value));
    const heads = [this.words.time, `${series.title}${series.unit && `, ${series.unit}`}`];
    const body = rows.map((at) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, this.moment(points.time[at] ?? 0, bucket !== 'raw' && bucket !== 'hour')),
        cell(points.value[at]),
        ...(banded ? [cell(points.low[at]), cell(points.high[at])] : []),
      ),
    );
    const columns = banded ? [...heads, this.words.low, this.words.high] : heads;
    element('.rows', this.root).replaceChildren(
      h('caption', {}, `${this.summary()}. ${this.words.shown(rows.length, there.length)}`),
      h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...body),
    );
  }

  private links(series: Offered, window: Window, bucket: Bucket): void {
    for (const link of this.root.querySelectorAll<HTMLAnchorElement>('a[data-format]'))
      link.href = seriesAddress(this.page, series, window, bucket, link.dataset.format ?? 'csv');
  }

  private async export(): Promise<void> {
    if (!this.plot || !this.drawing) return;
    const key = [...this.root.querySelectorAll<HTMLElement>('.key li')].map(
      (item) => item.firstChild?.textContent ?? '',
    );
    const source = `AltaiGIS, ${this.page.root}`;
    const made = await picture(this.plot, [this.page.name, this.summary()], [...key, source]);
    save(made, `${this.page.station}-${this.drawing.series.parameter}.png`);
  }
}

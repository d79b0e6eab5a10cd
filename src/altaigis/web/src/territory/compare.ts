/** Municipalities side by side in the drawer: as a table, by their places, over the years, and in two indicators. */

import '../share/told.css';
import './sheets.css';
import * as api from '../api';
import { lightMarks, linked, marksOf } from '../chart/linked';
import type { IndicatorTheme, Language, Passport } from '../contract';
import { h } from '../dom';
import { unitName } from '../i18n';
import { indicatorOptions } from '../thematic/options';
import { barChart, type Cast, lineChart, scatterChart } from './charts';
import { type Comparison, FORMS, type Form } from './choice';
import { csv, Figures, placeAmong } from './figures';
import { measure } from './measure';
import { SHEET_WORDS } from './sheet-words';
import { sortable } from './table';
import type { Bench, Sheet } from './territories';

const FIRST = { x: 'wage_total', y: 'share_65plus' };

type Rows = (string | number | null)[][];

/** What a form of comparison shows, and the same as rows of a file. */
interface Shown {
  element: Element;
  rows: Rows;
  name: string;
}

export async function compareSheet(
  bench: Bench,
  comparison: Comparison,
  choose: (comparison: Comparison) => void,
): Promise<Sheet> {
  const { language } = bench.desk;
  const t = SHEET_WORDS[language];
  const themes = await api.indicators(language);
  const codes = themes.flatMap((theme) => theme.indicators.map(({ code }) => code));
  const known = (code: string | undefined, usual: string) =>
    code && codes.includes(code) ? code : codes.includes(usual) ? usual : (codes[0] ?? '');
  const x = known(comparison.x, FIRST.x);
  const y = known(comparison.y, FIRST.y);
  const view = new Comparing(bench, themes, { ...comparison, x, y });
  const shown = await view.shown();
  const element = h(
    'article',
    { class: 'comparing', 'data-testid': 'comparing', 'data-form': comparison.form },
    forms(comparison, { ...comparison, x, y }, language, choose),
    ...view.choices(choose),
    bench.picked.length === 0 ? h('p', { class: 'quiet' }, t.nothingPicked) : null,
    view.verdict,
    view.about,
    h('div', { class: 'comparing-body' }, shown.element),
    view.key,
    view.said,
    h('p', { class: 'sheet-actions' }, download(shown, t.csv)),
  );
  view.listen(element);
  return { title: t.compareTitle, element, light: (unit) => view.light(element, unit) };
}

class Comparing {
  /** What is pointed at, for those who do not see it. */
  readonly said = h('p', { class: 'quiet said', 'aria-live': 'polite', 'data-testid': 'compare-said' });
  readonly verdict = h('p', { class: 'verdict' });
  /** What the colours of a chart stand for. */
  readonly key = h('p', { class: 'chart-key' });
  /** What the numbers mean, and how coarse they are. */
  readonly about = h('div', { class: 'quiet about', 'data-testid': 'compare-about' });
  /** The peers of each unit that is picked. */
  private alike = new Map<string, readonly string[]>();
  private readonly axes = new Map<string, Figures>();

  constructor(
    private readonly bench: Bench,
    private readonly themes: readonly IndicatorTheme[],
    private readonly choice: Required<Comparison>,
  ) {}

  private get language(): Language {
    return this.bench.desk.language;
  }

  private get t() {
    return SHEET_WORDS[this.language];
  }

  async shown(): Promise<Shown> {
    const made: Record<Form, () => Promise<Shown>> = {
      table: () => this.table(),
      bar: () => this.bars(),
      line: () => this.lines(),
      scatter: () => this.dots(),
    };
    return made[this.choice.form]();
  }

  /** The indicators of the form. */
  choices(choose: (comparison: Comparison) => void): HTMLElement[] {
    const { form, x, y } = this.choice;
    if (form === 'table') return [];
    const field = (title: string, axis: 'x' | 'y', value: string) => {
      const select = h(
        'select',
        {
          'data-testid': `compare-${axis}`,
          change: (event: Event) =>
            choose({ form, x, y, [axis]: (event.currentTarget as HTMLSelectElement).value }),
        },
        ...indicatorOptions(this.themes),
      );
      select.value = value;
      return h('label', { class: 'setting' }, h('span', {}, title), select);
    };
    if (form !== 'scatter') return [field(this.t.indicator, 'x', x)];
    return [field(this.t.across, 'x', x), field(this.t.upwards, 'y', y)];
  }

  /** Show one unit in all marks of it, and say what it has. */
  light(element: Element, unit: string | null): void {
    lightMarks(element, unit);
    this.said.textContent = unit === null ? '' : this.sentence(unit);
  }

  /** Pointing shows a unit everywhere, a click picks it; the arrows lead through the marks of a chart. */
  listen(element: HTMLElement): void {
    const { bench } = this;
    linked(element, { point: (unit) => bench.hover(unit), pick: (unit) => bench.pick(unit) }, (chart) =>
      this.order(chart),
    );
  }

  private order(chart: Element): string[] {
    const there = marksOf(chart);
    const figures = this.axes.get(this.choice.x);
    if (!figures || this.choice.form === 'line') return there;
    return figures
      .ranked(figures.last)
      .map(({ unit }) => unit)
      .filter((unit) => there.includes(unit));
  }

  private sentence(unit: string): string {
    const told = [...this.axes.values()].flatMap((figures) => {
      const period = figures.last;
      const ranked = figures.ranked(period);
      const mine = ranked.find((each) => each.unit === unit);
      if (!mine) return [];
      const value = measure(mine.value, figures.head, this.language);
      return [
        `${figures.head.title}, ${period}: ${value}, ${this.t.place(mine.place, ranked.length, mine.shared)}`,
      ];
    });
    return `${this.bench.name(unit)}. ${told.join('; ')}`;
  }

  private async figures(code: string): Promise<Figures> {
    const head = this.themes.flatMap((theme) => theme.indicators).find((each) => each.code === code);
    if (!head) throw new Error(`no indicator ${code}`);
    const found = new Figures(head, await api.indicatorValues(code, {}));
    this.axes.set(code, found);
    const said = [h('strong', {}, `${head.title}, ${found.last}`), `. ${head.definition}`];
    this.about.append(h('p', {}, ...said));
    return found;
  }

  /** Whom the charts are about. */
  private async cast(): Promise<Cast> {
    const { picked, name } = this.bench;
    const [first] = picked;
    if (first) this.alike = await this.peers(picked);
    const peers = this.alike.get(first ?? '') ?? [];
    this.key.replaceChildren(
      ...(first ? [h('span', {}, this.t.legendPicked)] : []),
      ...(first && peers.length > 0
        ? [h('span', { class: 'of-peers' }, this.t.legendPeers(name(first)))]
        : []),
      h('span', { class: 'of-whole' }, this.t.legendWhole),
    );
    return { picked, peers, name, whole: this.t.krai, language: this.language };
  }

  private async peers(units: readonly string[]): Promise<Map<string, string[]>> {
    const told = await api.passport(units, this.language);
    const each =
      units.length > 1 ? told.members : told.units.map(({ id }) => ({ id, peers: told.peers.units }));
    return new Map(each.map(({ id, peers }) => [id, peers.map((peer) => peer.id)]));
  }

  private async table(): Promise<Shown> {
    const { picked, name } = this.bench;
    // With nothing picked all are compared.
    const units =
      picked.length > 0
        ? picked
        : (await this.figures(this.choice.x)).ranked(this.lastOf()).map(({ unit }) => unit);
    // A table says in its headings what its numbers are.
    this.about.replaceChildren();
    const told = await api.passport(units, this.language);
    return { ...this.sheetOf(told), name: `${name(units[0] ?? '')}` };
  }

  private lastOf(): number {
    return this.axes.get(this.choice.x)?.last ?? 0;
  }

  private sheetOf(told: Passport): { element: HTMLElement; rows: Rows } {
    const { t, language } = this;
    const key = told.indicators.filter((each) => each.is_key);
    const heading = (each: (typeof key)[number]) =>
      `${each.title}${each.unit === '1' ? '' : `, ${unitName(each.unit, language)}`}, ${each.period}`;
    const members =
      told.members.length > 0
        ? told.members
        : told.units.map((unit) => ({ ...unit, values: key as { code: string; value: number | null }[] }));
    const figureOf = (member: (typeof members)[number], code: string) =>
      member.values.find((each) => each.code === code)?.value ?? null;
    const lines = members.map((member) => ({
      unit: member.id,
      cells: [member.name, ...key.map((each) => figureOf(member, each.code))] as (string | number | null)[],
    }));
    const foot = [
      ...(told.members.length > 0 ? [[t.together, ...key.map((each) => each.value)]] : []),
      [t.krai, ...key.map((each) => each.whole)],
    ];
    const columns = [t.unit, ...key.map(heading)];
    const digits = [0, ...key.map((each) => each.digits)];
    const element = sortable(columns, lines, {
      foot,
      digits,
      noData: t.noData,
      further: t.further,
      language,
    });
    return { element, rows: [columns, ...lines.map(({ cells }) => cells), ...foot] };
  }

  private async bars(): Promise<Shown> {
    const [figures, cast] = [await this.figures(this.choice.x), await this.cast()];
    const period = figures.last;
    const title = `${figures.head.title}, ${period}`;
    this.judge(figures, period, cast);
    const element = barChart(figures, period, cast, `${title}. ${this.t.chartKeys}`);
    const rows = figures
      .ranked(period)
      .map(({ unit, value, place }) => [unit, cast.name(unit), period, value, place]);
    return {
      element,
      rows: [['territory_id', this.t.unit, 'period', title, 'place'], ...rows],
      name: this.choice.x,
    };
  }

  private async lines(): Promise<Shown> {
    const [figures, cast] = [await this.figures(this.choice.x), await this.cast()];
    const all = cast.picked.length > 0 ? cast : { ...cast, picked: cast.peers };
    const rows = all.picked.flatMap((unit) =>
      figures.series(unit).map(([year, value]) => [unit, all.name(unit), year, value]),
    );
    const whole = figures.series(null).map(([year, value]) => ['', this.t.krai, year, value]);
    const years = new Set(rows.map((row) => row[2]));
    const element =
      years.size < 2
        ? h('p', { class: 'quiet' }, this.t.oneYear)
        : lineChart(figures, all, `${figures.head.title}. ${this.t.chartKeys}`);
    // Each line has its name beside it.
    this.key.replaceChildren();
    const columns = ['territory_id', this.t.unit, 'period', figures.head.title];
    return { element, rows: [columns, ...rows, ...whole], name: this.choice.x };
  }

  private async dots(): Promise<Shown> {
    const [across, upwards] = await Promise.all([this.figures(this.choice.x), this.figures(this.choice.y)]);
    const cast = await this.cast();
    const axes = [across, upwards].map((figures) => ({ figures, period: figures.last }));
    const label = `${across.head.title}, ${upwards.head.title}. ${this.t.chartKeys}`;
    const [first, second] = axes;
    if (!first || !second) throw new Error('a scatter chart has two axes');
    const rows = across
      .ranked(across.last)
      .map(({ unit, value }) => [unit, cast.name(unit), value, upwards.of(unit, upwards.last)]);
    const head = axes.map(({ figures, period }) => `${figures.head.title}, ${period}`);
    return {
      element: scatterChart(first, second, cast, label),
      rows: [['territory_id', this.t.unit, ...head], ...rows],
      name: `${this.choice.x}_${this.choice.y}`,
    };
  }

  /** "Смоленский район: 49 164 руб., 23-е место из 69; 2-е из 6 похожих." */
  private judge(figures: Figures, period: number, cast: Cast): void {
    const ranked = figures.ranked(period);
    const lines = cast.picked.flatMap((unit) => {
      const mine = ranked.find((each) => each.unit === unit);
      if (!mine) return [];
      const value = measure(mine.value, figures.head, this.language);
      const alike = this.alike.get(unit) ?? [];
      const among = alike.length > 0 ? placeAmong(ranked, unit, alike) : null;
      const peers = among === null ? '' : `; ${this.t.placeAmongPeers(among, alike.length + 1)}`;
      return [
        h(
          'span',
          { 'data-unit': unit },
          `${cast.name(unit)}: ${value}, ${this.t.place(mine.place, ranked.length, mine.shared)}${peers}. `,
        ),
      ];
    });
    this.verdict.replaceChildren(...lines);
  }
}

/** The ways to compare, as a row of switches. */
function forms(
  now: Comparison,
  whole: Comparison,
  language: Language,
  choose: (comparison: Comparison) => void,
): HTMLElement {
  const t = SHEET_WORDS[language];
  return h(
    'div',
    { class: 'forms', role: 'group', 'aria-label': t.compareTitle },
    ...FORMS.map((form) =>
      h(
        'button',
        {
          type: 'button',
          'data-testid': `compare-${form}`,
          'aria-pressed': String(form === now.form),
          click: () => choose({ ...whole, form }),
        },
        t.forms[form],
      ),
    ),
  );
}

/** A link to a file that the page has made; spreadsheets take it for UTF-8 by its first character. */
function download({ rows, name }: Shown, text: string): HTMLElement {
  const link = h(
    'a',
    { href: '#', download: `${name || 'comparison'}.csv`, 'data-testid': 'compare-csv' },
    text,
  );
  link.addEventListener('click', () => {
    const address = URL.createObjectURL(new Blob([`\ufeff${csv(rows)}`], { type: 'text/csv;charset=utf-8' }));
    link.href = address;
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  });
  return link;
}

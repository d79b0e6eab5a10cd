/** The choice of an indicator and of how it is shown. */

import { indicatorPage, valuesAddress } from '../api';
import type { Indicator, IndicatorTheme, Language } from '../contract';
import { h } from '../dom';
import { MESSAGES, type Messages } from '../i18n';
import { type Choice, COUNTING } from './choice';
import { indicatorOptions } from './options';

/** Classes that a reader can still tell apart by colour. */
const COUNTS = [3, 4, 5, 6, 7, 8, 9];
/** As many as the server makes where none is asked for. */
const USUAL_COUNT = 5;

type Option = [value: string, title: string];

export class ThematicForm {
  readonly element = h('section', { class: 'thematic', 'data-testid': 'thematic' });

  private chosen: Choice | null = null;

  constructor(
    private readonly choose: (choice: Choice | null) => void,
    private readonly play: () => void,
  ) {}

  render(
    themes: readonly IndicatorTheme[],
    choice: Choice | null,
    indicator: Indicator | null,
    state: { language: Language; playing: boolean; offers: readonly HTMLElement[] },
  ): void {
    const t = MESSAGES[state.language];
    this.chosen = choice;
    const open = this.element.querySelector('details')?.open ?? false;
    const focused = document.activeElement?.getAttribute('data-control');
    const parts = choice && indicator ? this.settings(choice, indicator, state, open) : [];
    const offers = state.offers.length > 0 ? [h('p', { class: 'offers' }, ...state.offers)] : [];
    this.element.replaceChildren(h('h2', {}, t.indicator), this.list(themes, choice, t), ...parts, ...offers);
    if (focused) this.element.querySelector<HTMLElement>(`[data-control="${CSS.escape(focused)}"]`)?.focus();
  }

  /** Change the choice that was made last, whether or not the map shows it by now. */
  private set(changed: Partial<Choice>): void {
    const { chosen } = this;
    if (!chosen) return;
    this.chosen = clean({ ...chosen, ...changed });
    this.choose(this.chosen);
  }

  private list(themes: readonly IndicatorTheme[], choice: Choice | null, t: Messages): HTMLElement {
    const select = h(
      'select',
      {
        'data-control': 'indicator',
        'data-testid': 'indicator',
        'aria-label': t.indicator,
        change: (event: Event) => {
          const code = (event.currentTarget as HTMLSelectElement).value;
          this.choose(code ? { code } : null);
        },
      },
      h('option', { value: '' }, t.noIndicator),
      ...indicatorOptions(themes),
    );
    select.value = choice?.code ?? '';
    return select;
  }

  private settings(
    choice: Choice,
    indicator: Indicator,
    { language, playing }: { language: Language; playing: boolean },
    open: boolean,
  ): HTMLElement[] {
    const t = MESSAGES[language];
    const set = (changed: Partial<Choice>) => this.set(changed);
    const per: Option[] = [['', t.perNothing], ...indicator.per.map(({ id, title }): Option => [id, title])];
    const isAmount = indicator.aggregation === 'sum' && !choice.per;
    const forms: Option[] = [
      ['areas', t.byAreas],
      ['diverging', t.byDiverging],
      // Of means and shares a circle twice as large would say nothing.
      ...(isAmount || choice.symbols ? [['symbols', t.bySymbols] satisfies Option] : []),
    ];
    const form = choice.symbols ? 'symbols' : choice.diverging ? 'diverging' : 'areas';
    const link = (href: string, text: string) => h('a', { href, target: '_blank', rel: 'noopener' }, text);
    return [
      h('p', { class: 'quiet' }, indicator.definition),
      ...(indicator.periods.length > 1 ? [this.years(choice, indicator, t, playing)] : []),
      h(
        'details',
        { class: 'settings', open },
        h('summary', {}, t.moreSettings),
        ...(per.length > 1
          ? [field(t.per, 'per', per, choice.per ?? '', (value) => set({ per: value }))]
          : []),
        field(t.shownBy, 'form', forms, form, (value) =>
          set({ diverging: value === 'diverging', symbols: value === 'symbols' }),
        ),
        ...(choice.symbols
          ? []
          : [
              field(t.classMethod, 'method', Object.entries(t.methods), choice.method ?? '', (value) =>
                set({ method: value }),
              ),
              field(t.classCount, 'count', counts(choice, t), counted(choice), (value) =>
                set({ count: Number(value), method: this.chosen?.method ?? 'quantile' }),
              ),
              ...(choice.diverging
                ? []
                : [
                    field(t.palette, 'palette', Object.entries(t.palettes), choice.palette ?? '', (value) =>
                      set({ palette: value }),
                    ),
                  ]),
            ]),
      ),
      h(
        'p',
        { class: 'links' },
        link(indicatorPage(choice.code, language), t.aboutIndicator),
        link(valuesAddress(choice.code, { f: 'csv', per: choice.per }), t.valuesCsv),
      ),
    ];
  }

  /** A slider over the years, with a button that runs through them. */
  private years(choice: Choice, indicator: Indicator, t: Messages, playing: boolean): HTMLElement {
    const { periods } = indicator;
    const at = choice.period ? periods.indexOf(choice.period) : periods.length - 1;
    const slider = h('input', {
      type: 'range',
      min: 0,
      max: periods.length - 1,
      step: 1,
      'data-control': 'period',
      'data-testid': 'period',
      'aria-label': t.period,
      'aria-valuetext': String(periods[at] ?? ''),
      change: (event: Event) => {
        const period = periods[Number((event.currentTarget as HTMLInputElement).value)];
        if (period !== undefined) this.set({ period });
      },
    });
    slider.value = String(at);
    const label = playing ? t.pause : t.play;
    const button = h(
      'button',
      {
        type: 'button',
        class: 'play',
        'data-control': 'play',
        'aria-label': label,
        title: label,
        click: this.play,
      },
      playing ? '❚❚' : '▶',
    );
    return h('div', { class: 'years' }, button, slider, h('output', {}, String(periods[at] ?? '')));
  }
}

function field(
  title: string,
  control: string,
  options: readonly Option[],
  chosen: string,
  choose: (value: string) => void,
): HTMLElement {
  const select = h(
    'select',
    {
      'data-control': control,
      'data-testid': `set-${control}`,
      change: (event: Event) => choose((event.currentTarget as HTMLSelectElement).value),
    },
    ...options.map(([value, text]) => h('option', { value }, text)),
  );
  select.value = chosen;
  return h('label', { class: 'setting' }, h('span', {}, title), select);
}

const counted = ({ method, count }: Choice): string =>
  String(count ?? (method && !COUNTING.has(method) ? USUAL_COUNT : ''));

/** The numbers of classes to choose from; the first is not of the reader's choice. */
function counts({ method, count }: Choice, t: Messages): Option[] {
  const numbers = COUNTS.map((n): Option => [String(n), String(n)]);
  if (!method) return [['', t.methods[''] ?? ''], ...numbers];
  if (COUNTING.has(method)) return [['', t.countOfMethod]];
  // An unusual number of an address is one to choose, too.
  return count === undefined || COUNTS.includes(count)
    ? numbers
    : [...numbers, [String(count), String(count)]];
}

/** Without what is empty, which is as the indicator has it, and without a number that the method does not heed. */
const clean = (choice: Choice): Choice =>
  Object.fromEntries(
    Object.entries(choice).filter(
      ([name, value]) =>
        value !== '' && value !== false && !(name === 'count' && COUNTING.has(choice.method ?? '')),
    ),
  ) as unknown as Choice;

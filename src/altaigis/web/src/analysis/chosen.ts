/** Indicators in a form: one with its year, or a list of them, each with its direction and weight where that counts. */

import type { IndicatorTheme } from '../contract';
import { h } from '../dom';
import { indicatorOptions } from '../thematic/options';
import type { Drawn } from './controls';
import type { Field } from './fields';
import type { Words } from './words';

type Labelled = (field: Field, control: HTMLElement) => HTMLElement;

/** As the server reads a variable, or a variable with its part in an index. */
interface Component {
  variable: unknown;
  less_is_better?: boolean;
  weight?: number;
  goalposts?: unknown;
}

interface Row {
  element: HTMLElement;
  read: () => unknown;
}

const codeOf = (variable: unknown): string | undefined =>
  typeof variable === 'string' ? variable : (variable as { indicator?: string } | null)?.indicator;

const isComponent = (value: unknown): value is Component =>
  typeof value === 'object' && value !== null && 'variable' in value;

export class IndicatorControls {
  constructor(
    private readonly themes: readonly IndicatorTheme[],
    private readonly t: Words,
  ) {}

  /** An indicator and one of its years. */
  one(field: Field, labelled: Labelled): Drawn {
    const select = h(
      'select',
      { required: field.required, 'aria-label': field.title },
      h('option', { value: '' }, this.t.choose),
      ...indicatorOptions(this.themes),
    );
    const year = h('select', { 'aria-label': this.t.yearOf });
    /** What the form has no words for, such as a ratio, stays as long as nothing else is chosen. */
    let held: unknown;
    const settle = (period?: unknown) => {
      const years = this.periods(select.value);
      year.replaceChildren(...years.map((each) => h('option', { value: each }, String(each))));
      year.hidden = years.length === 0;
      if (period !== undefined && period !== null) year.value = String(period);
    };
    // Before the form reads it: the year belongs to the indicator.
    select.addEventListener('input', () => {
      held = undefined;
      settle();
    });
    year.addEventListener('input', () => {
      held = undefined;
    });
    const read = () =>
      held ?? (select.value ? { indicator: select.value, period: Number(year.value) } : undefined);
    const write = (value: unknown) => {
      held = value ?? undefined;
      select.value = codeOf(value) ?? '';
      settle((value as { period?: number } | null)?.period);
    };
    settle();
    return { element: labelled(field, h('span', { class: 'pair' }, select, year)), read, write };
  }

  /** A list that grows by what is chosen below it. */
  several(field: Field & { kind: 'indicators' }, labelled: Labelled): Drawn {
    let rows: Row[] = [];
    const list = h('ul', { class: 'chosen' });
    const adding = h(
      'select',
      { 'aria-label': field.title, 'data-testid': `add-${field.name}` },
      h('option', { value: '' }, this.t.add),
      ...indicatorOptions(this.themes),
    );
    const settle = () => {
      list.replaceChildren(...rows.map(({ element }) => element));
      adding.required = field.required && rows.length < field.least;
    };
    const add = (value: unknown) => {
      const row = this.row(value, field.weighed, () => {
        rows = rows.filter((each) => each !== row);
        settle();
        adding.focus();
        adding.dispatchEvent(new Event('input', { bubbles: true }));
      });
      rows.push(row);
    };
    adding.addEventListener('input', () => {
      if (adding.value) add(adding.value);
      adding.value = '';
      settle();
    });
    const write = (value: unknown) => {
      rows = [];
      for (const each of Array.isArray(value) ? value : []) add(each);
      settle();
    };
    settle();
    const element = labelled(field, h('div', {}, list, adding));
    return { element, read: () => rows.map(({ read }) => read()), write };
  }

  private row(value: unknown, isWeighed: boolean, drop: () => void): Row {
    const { t } = this;
    const told: Component = isComponent(value) ? value : { variable: value };
    const name = this.nameOf(told.variable);
    const remove = t.remove(name);
    const button = h('button', { type: 'button', 'aria-label': remove, title: remove, click: drop }, '×');
    if (!isWeighed) return { element: h('li', {}, h('span', {}, name), button), read: () => value };
    const direction = h(
      'select',
      { 'aria-label': `${t.direction}: ${name}` },
      ...Object.entries(t.directions).map(([code, title]) => h('option', { value: code }, title)),
    );
    direction.value = String(told.less_is_better ?? '');
    const weight = h('input', {
      type: 'number',
      min: 0,
      max: 1,
      step: 'any',
      placeholder: t.weight,
      'aria-label': `${t.weight}: ${name}`,
      value: told.weight,
    });
    const read = () => {
      const part = {
        ...(direction.value && { less_is_better: direction.value === 'true' }),
        ...(weight.value && { weight: Number(weight.value) }),
        ...(told.goalposts ? { goalposts: told.goalposts } : {}),
      };
      return Object.keys(part).length > 0 ? { variable: told.variable, ...part } : told.variable;
    };
    const weighing = h('span', { class: 'weighing' }, direction, weight);
    return { element: h('li', {}, h('span', {}, name), button, weighing), read };
  }

  private nameOf(variable: unknown): string {
    const code = codeOf(variable);
    const period = (variable as { period?: number } | null)?.period;
    const found = this.themes.flatMap((theme) => theme.indicators).find((each) => each.code === code);
    const name = found?.title ?? code ?? JSON.stringify(variable);
    return period ? `${name}, ${period}` : name;
  }

  private periods(code: string): number[] {
    const all = this.themes.flatMap((theme) => theme.indicators);
    return [...(all.find((each) => each.code === code)?.periods ?? [])].reverse();
  }
}

/** The form of an analysis: its inputs with their usual values, and all of them as JSON for who wants more. */

import type { Collection, IndicatorTheme } from '../contract';
import { h } from '../dom';
import type { Messages } from '../i18n';
import { collect, type Field } from './fields';

/** What fields choose from. */
export interface Offered {
  layers: readonly Collection[];
  themes: readonly IndicatorTheme[];
}

interface Drawn {
  element: HTMLElement;
  read: () => unknown;
  write: (value: unknown) => void;
}

let numbered = 0;

export class InputsForm {
  private readonly drawn: Map<string, Drawn>;
  private readonly json: HTMLTextAreaElement;
  readonly element: HTMLElement;

  constructor(
    private readonly fields: readonly Field[],
    private readonly offered: Offered,
    private readonly t: Messages,
    example: Readonly<Record<string, unknown>>,
  ) {
    this.drawn = this.draw(fields);
    this.json = h('textarea', {
      rows: 6,
      spellcheck: 'false',
      'aria-label': t.inputsJson,
      'data-testid': 'inputs-json',
    });
    this.element = h(
      'div',
      { class: 'inputs', input: (event: Event) => event.target !== this.json && this.tellJson() },
      ...[...this.drawn.values()].map(({ element }) => element),
      h('details', { class: 'settings' }, h('summary', {}, t.inputsJson), this.json),
    );
    this.fill(example);
  }

  /** The inputs as they stand. Throws SyntaxError where the JSON is none. */
  read(): Record<string, unknown> {
    return JSON.parse(this.json.value) as Record<string, unknown>;
  }

  /** Fill in inputs; fields that have no simple form keep theirs in the JSON. */
  fill(inputs: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(inputs)) this.drawn.get(name)?.write(value);
    this.json.value = JSON.stringify(inputs, null, 2);
  }

  private tellJson(): void {
    const filled = Object.fromEntries([...this.drawn].map(([name, { read }]) => [name, read()]));
    this.json.value = JSON.stringify(collect(this.fields, filled), null, 2);
  }

  private draw(fields: readonly Field[]): Map<string, Drawn> {
    return new Map(fields.map((field) => [field.name, this.one(field)]));
  }

  private one(field: Field): Drawn {
    switch (field.kind) {
      case 'choice':
        return this.select(field, field.options, String(field.usual ?? ''));
      case 'layer':
        return this.select(field, this.layers(field.role), String(field.usual ?? ''));
      case 'number':
        return this.number(field);
      case 'flag':
        return this.flag(field);
      case 'indicator':
        return field.many ? this.indicators(field) : this.indicator(field);
      case 'group':
        return this.group(field);
      default:
        return this.text(field);
    }
  }

  private layers(role: string): [string, string][] {
    const wanted: Record<string, (each: Collection) => boolean> = {
      polygons: (each) => Boolean(each['altai:geometryType']?.endsWith('Polygon')),
      points: (each) => Boolean(each['altai:geometryType']?.endsWith('Point')),
      raster: (each) => each['altai:kind'] === 'raster',
    };
    const fits = wanted[role] ?? (() => true);
    // Layers of indicators have the shapes of the units, which are there already.
    return this.offered.layers
      .filter((each) => fits(each) && !each.id.startsWith('ind_'))
      .map((each) => [each.id, each.title]);
  }

  private select(field: Field, options: [string, string][], usual: string): Drawn {
    const empty: [string, string][] = options.some(([value]) => value === usual) ? [] : [['', this.t.choose]];
    const select = h(
      'select',
      { required: field.required },
      ...[...empty, ...options].map(([value, title]) => h('option', { value }, title)),
    );
    select.value = usual;
    const write = (value: unknown) => {
      select.value = String(value);
    };
    return { element: this.labelled(field, select), read: () => select.value, write };
  }

  private number(field: Field & { kind: 'number' }): Drawn {
    const input = h('input', {
      type: 'number',
      step: field.whole ? 1 : 'any',
      min: field.low,
      max: field.high,
      placeholder: field.usual === undefined ? '' : String(field.usual),
    });
    const write = (value: unknown) => {
      input.value = String(value);
    };
    const read = () => (input.value === '' ? undefined : Number(input.value));
    return { element: this.labelled(field, input), read, write };
  }

  private text(field: Field): Drawn {
    const input = h('input', { type: 'text', required: field.required });
    const write = (value: unknown) => {
      input.value = typeof value === 'string' ? value : JSON.stringify(value);
    };
    return { element: this.labelled(field, input), read: () => input.value, write };
  }

  private flag(field: Field): Drawn {
    const input = h('input', { type: 'checkbox' });
    const write = (value: unknown) => {
      input.checked = value === true;
    };
    write(field.usual);
    const element = h('label', { class: 'flag', title: field.help }, input, ` ${field.title}`);
    return { element, read: () => input.checked, write };
  }

  private options(): HTMLElement[] {
    return this.offered.themes.map((theme) =>
      h(
        'optgroup',
        { label: theme.title },
        ...theme.indicators.map((each) => h('option', { value: each.code }, each.title)),
      ),
    );
  }

  private periods(code: string): number[] {
    const all = this.offered.themes.flatMap((theme) => theme.indicators);
    return [...(all.find((each) => each.code === code)?.periods ?? [])].reverse();
  }

  /** An indicator and one of its years. */
  private indicator(field: Field): Drawn {
    const select = h(
      'select',
      { required: field.required },
      h('option', { value: '' }, this.t.choose),
      ...this.options(),
    );
    const year = h('select', { 'aria-label': this.t.period });
    const settle = (period?: unknown) => {
      const years = this.periods(select.value);
      year.replaceChildren(...years.map((each) => h('option', { value: each }, String(each))));
      year.hidden = years.length === 0;
      if (period !== undefined && period !== null) year.value = String(period);
    };
    select.addEventListener('change', () => settle());
    const read = () => (select.value ? { indicator: select.value, period: Number(year.value) } : undefined);
    const write = (value: unknown) => {
      const told =
        typeof value === 'string' ? { indicator: value } : (value as { indicator?: string; period?: number });
      select.value = told?.indicator ?? '';
      settle(told?.period);
    };
    settle();
    return { element: this.labelled(field, h('span', { class: 'pair' }, select, year)), read, write };
  }

  private indicators(field: Field): Drawn {
    const select = h('select', { multiple: true, size: 8, required: field.required }, ...this.options());
    const read = () => [...select.selectedOptions].map((option) => option.value);
    const write = (value: unknown) => {
      const wanted = new Set(Array.isArray(value) ? value.map(String) : []);
      for (const option of select.options) option.selected = wanted.has(option.value);
    };
    return { element: this.labelled(field, select), read, write };
  }

  private group(field: Field & { kind: 'group' }): Drawn {
    const inner = this.draw(field.fields);
    const element = h(
      'fieldset',
      {},
      h('legend', {}, field.title),
      ...[...inner.values()].map((each) => each.element),
    );
    const read = () => Object.fromEntries([...inner].map(([name, each]) => [name, each.read()]));
    const write = (value: unknown) => {
      for (const [name, told] of Object.entries((value ?? {}) as Record<string, unknown>))
        inner.get(name)?.write(told);
    };
    return { element, read, write };
  }

  private labelled(field: Field, control: HTMLElement): HTMLElement {
    numbered += 1;
    const help = `help-${numbered}`;
    const named = control.matches('span') ? control.querySelector('select') : control;
    if (field.help) named?.setAttribute('aria-describedby', help);
    return h(
      'label',
      { class: 'input' },
      h('span', { class: 'input-title' }, field.title),
      control,
      field.help ? h('span', { class: 'input-help', id: help }, field.help) : null,
    );
  }
}

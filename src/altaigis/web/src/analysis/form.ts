/** The form of an analysis: its inputs with their usual values, and all of them as JSON for who wants more. */

import type { Language } from '../contract';
import { h } from '../dom';
import { Controls, type Drawn, type Offered } from './controls';
import { collect, type Field } from './fields';
import { blame, check } from './mistakes';
import { WORDS, type Words } from './words';

/** Of these fields the layer is whose names others choose from. */
const LEADING = ['units', 'layer'];

export class InputsForm {
  private readonly controls: Controls;
  private readonly t: Words;
  private readonly drawn: Map<string, Drawn>;
  private readonly json: HTMLTextAreaElement;
  readonly element: HTMLElement;

  constructor(
    private readonly fields: readonly Field[],
    offered: Offered,
    private readonly language: Language,
    example: Readonly<Record<string, unknown>>,
  ) {
    this.t = WORDS[language];
    this.controls = new Controls(offered, language);
    this.drawn = this.draw(fields);
    this.json = h('textarea', {
      rows: 6,
      spellcheck: 'false',
      'aria-label': this.t.inputsJson,
      'data-testid': 'inputs-json',
      change: () => this.takeJson(),
    });
    this.element = h(
      'div',
      { class: 'inputs', input: (event: Event) => this.isField(event.target) && this.tellJson() },
      ...[...this.drawn.values()].map(({ element }) => element),
      h('details', { class: 'settings' }, h('summary', {}, this.t.inputsJson), this.json),
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

  /** Whether all is filled in that has to be; the first mistake is told at its field. */
  check(): boolean {
    return check(this.element, this.language);
  }

  /** Tell a mistake at the field of an input; its title, or nothing where it has no field. */
  blameInput(pointer: string, why: string): string | null {
    const [, , name = ''] = pointer.split('/');
    const field = this.fields.find((each) => each.name === name);
    const control = this.drawn.get(name)?.element.querySelector<HTMLInputElement>('input, select');
    if (control) blame(control, why);
    return field?.title ?? null;
  }

  /** What stands beside the inputs, as the key does, is none of them. */
  private isField(target: EventTarget | null): boolean {
    return [...this.drawn.values()].some(({ element }) => element.contains(target as Node));
  }

  /** What was written as JSON is in the fields, too. */
  private takeJson(): void {
    const told = this.written();
    for (const [name, each] of this.drawn) if (told && name in told) each.write(told[name]);
  }

  private tellJson(): void {
    const told = this.written();
    if (!told) return;
    const unseen = Object.entries(told).filter(([name]) => !this.drawn.has(name));
    const filled = Object.fromEntries([...this.drawn].map(([name, { read }]) => [name, read()]));
    const inputs = { ...Object.fromEntries(unseen), ...collect(this.fields, filled) };
    this.json.value = JSON.stringify(inputs, null, 2);
  }

  /** What stands in the JSON; null where it is none, of which who wrote it is told, and nothing is written over it. */
  private written(): Record<string, unknown> | null {
    this.json.removeAttribute('aria-invalid');
    try {
      return this.read();
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      this.json.setAttribute('aria-invalid', 'true');
      return null;
    }
  }

  private draw(fields: readonly Field[]): Map<string, Drawn> {
    const drawn = new Map(fields.map((field) => [field.name, this.one(field)]));
    const lead = LEADING.map((name) => drawn.get(name)).find((each) => each !== undefined);
    for (const { follow } of drawn.values()) {
      if (!follow) continue;
      const settle = () => follow(String(lead?.read() ?? ''));
      lead?.element.addEventListener('input', settle);
      settle();
    }
    return drawn;
  }

  private one(field: Field): Drawn {
    if (field.kind === 'group') return this.group(field);
    return field.kind === 'either' ? this.either(field) : this.controls.draw(field);
  }

  private group(field: Field & { kind: 'group' }): Drawn {
    const inner = this.draw(field.fields);
    const element = h(
      'fieldset',
      { 'data-field': field.name },
      h('legend', {}, field.title),
      ...[...inner.values()].map((each) => each.element),
    );
    return { element, ...parts(inner) };
  }

  /** One of several groups, which the reader chooses first. */
  private either(field: Field & { kind: 'either' }): Drawn {
    const forms = field.forms.map(({ fields }) => {
      const inner = this.draw(fields);
      return { fields, inner, ...parts(inner) };
    });
    const place = h('div', { class: 'inputs' });
    const select = h(
      'select',
      { 'aria-label': `${field.title}: ${this.t.form}`, 'data-testid': `form-${field.name}` },
      ...field.forms.map(({ title }, at) => h('option', { value: at }, title)),
    );
    const chosen = () => forms[Number(select.value)];
    const settle = () =>
      place.replaceChildren(...[...(chosen()?.inner.values() ?? [])].map(({ element }) => element));
    select.addEventListener('input', settle);
    settle();
    const element = h(
      'fieldset',
      { 'data-field': field.name },
      h('legend', {}, field.title),
      h('p', { class: 'input-help' }, field.help),
      select,
      place,
    );
    const read = () => {
      const form = chosen();
      return form && collect(form.fields, form.read());
    };
    const write = (value: unknown) => {
      const names = Object.keys((value ?? {}) as object);
      const at = forms.findIndex(({ inner }) => names.every((name) => inner.has(name)));
      select.value = String(Math.max(at, 0));
      settle();
      chosen()?.write(value);
    };
    return { element, read, write };
  }
}

/** Reading and filling in of fields together. */
function parts(inner: Map<string, Drawn>) {
  const read = (): Record<string, unknown> =>
    Object.fromEntries([...inner].map(([name, each]) => [name, each.read()]));
  const write = (value: unknown): void => {
    for (const [name, told] of Object.entries((value ?? {}) as Record<string, unknown>))
      inner.get(name)?.write(told);
  };
  return { read, write };
}

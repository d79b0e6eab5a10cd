/** The controls of a form, one for each kind of field that has no parts: drawn, read and filled in. */

import type { Collection, IndicatorTheme, Language } from '../contract';
import { h } from '../dom';
import { number } from '../format';
import { IndicatorControls } from './chosen';
import { daysOf, type Field, type NameRole } from './fields';
import { WORDS, type Words } from './words';

export type Option = [value: string, title: string];

/** What fields choose from. */
export interface Offered {
  layers: readonly Collection[];
  themes: readonly IndicatorTheme[];
  /** Names that the server has, of a layer where they are of one. */
  names: (role: NameRole, layer: string) => Promise<Option[]>;
}

export interface Drawn {
  element: HTMLElement;
  read: () => unknown;
  write: (value: unknown) => void;
  /** Its names are those of another layer now. */
  follow?: (layer: string) => void;
}

export type Leaf = Exclude<Field, { kind: 'group' | 'either' }>;

let numbered = 0;

export class Controls {
  private readonly t: Words;

  constructor(
    private readonly offered: Offered,
    private readonly language: Language,
  ) {
    this.t = WORDS[language];
  }

  draw(field: Leaf): Drawn {
    const { themes } = this.offered;
    switch (field.kind) {
      case 'choice':
        return this.choice(field, field.options);
      case 'layer':
        return this.choice(field, this.layers(field.role));
      case 'name':
        return this.named(field, field.role);
      case 'number':
        return this.number(field);
      case 'flag':
        return field.nullable ? this.answer(field) : this.flag(field);
      case 'days':
        return this.days(field);
      case 'indicator':
        return new IndicatorControls(themes, this.t).one(field, labelled);
      case 'indicators':
        return new IndicatorControls(themes, this.t).several(field, labelled);
      default:
        return this.text(field);
    }
  }

  private layers(role: string): Option[] {
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

  private choice(field: Field, options: readonly Option[]): Drawn {
    const usual = String(field.usual ?? '');
    const empty: Option[] = field.nullable
      ? [['', field.usual ? this.t.without : this.t.asUsual]]
      : options.some(([value]) => value === usual)
        ? []
        : [['', this.t.choose]];
    const select = h('select', { required: field.required }, ...optionElements([...empty, ...options]));
    select.value = usual;
    return {
      element: labelled(field, select),
      read: () => (select.value === '' && field.nullable ? null : select.value),
      write: (value) => {
        select.value = String(value ?? '');
      },
    };
  }

  /** Yes, no, or what happens where nothing is said. */
  private answer(field: Field): Drawn {
    const { yes, no } = this.t;
    const drawn = this.choice(field, [
      ['true', yes],
      ['false', no],
    ]);
    const read = () => {
      const value = drawn.read();
      return value === null ? null : value === 'true';
    };
    return { ...drawn, read };
  }

  /** A list that comes from the server; what was filled in before it has come is not lost. */
  private named(field: Field, role: NameRole): Drawn {
    const select = h('select', { required: field.required });
    let wanted = String(field.usual ?? '');
    const fill = (options: readonly Option[]) => {
      const known = wanted === '' || options.some(([value]) => value === wanted);
      const own: Option[] = known ? [] : [[wanted, wanted]];
      select.replaceChildren(...optionElements([['', this.t.choose], ...own, ...options]));
      select.value = wanted;
    };
    fill([]);
    select.addEventListener('input', () => {
      wanted = select.value;
    });
    let asked = '';
    const follow = (layer: string) => {
      asked = layer;
      void this.offered.names(role, layer).then((options) => {
        if (asked === layer) fill(options);
      });
    };
    const write = (value: unknown) => {
      wanted = String(value ?? '');
      if ([...select.options].some((option) => option.value === wanted)) select.value = wanted;
      else
        fill([...select.options].flatMap(({ value: each, text }) => (each ? [[each, text] as Option] : [])));
    };
    return { element: labelled(field, select), read: () => select.value, write, follow };
  }

  private number(field: Field & { kind: 'number' }): Drawn {
    const input = h('input', {
      type: 'number',
      step: field.whole ? 1 : 'any',
      min: field.low,
      max: field.high,
      required: field.required,
      placeholder: typeof field.usual === 'number' ? number(field.usual, this.language, 6) : '',
    });
    const write = (value: unknown) => {
      input.value = String(value ?? '');
    };
    const read = () => (input.value === '' ? undefined : Number(input.value));
    return { element: labelled(field, input), read, write };
  }

  private text(field: Field): Drawn {
    const input = h('input', { type: 'text', required: field.required });
    const write = (value: unknown) => {
      input.value = typeof value === 'string' ? value : JSON.stringify(value);
    };
    return { element: labelled(field, input), read: () => input.value, write };
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

  private days(field: Field): Drawn {
    const from = h('input', { type: 'date', required: field.required, 'aria-label': this.t.from });
    const until = h('input', { type: 'date', 'aria-label': this.t.until });
    const read = () => {
      const [first, last] = [from.value, until.value];
      return first && last && last !== first ? `${first}/${last}` : first || last || undefined;
    };
    const write = (value: unknown) => {
      [from.value, until.value] = typeof value === 'string' ? daysOf(value) : ['', ''];
    };
    return { element: labelled(field, h('span', { class: 'days' }, from, until)), read, write };
  }
}

const optionElements = (options: readonly Option[]): HTMLElement[] =>
  options.map(([value, title]) => h('option', { value }, title));

/** A control under its title, with a help that readers of the screen hear, too. */
export function labelled(field: Field, control: HTMLElement): HTMLElement {
  numbered += 1;
  const help = `help-${numbered}`;
  const named = control.matches('input, select') ? control : control.querySelector('select, input');
  if (field.help) named?.setAttribute('aria-describedby', help);
  const several = control.querySelectorAll('select, input').length > 1 || control.matches('div');
  const [outer, inner] = several ? (['div', 'span'] as const) : (['label', 'span'] as const);
  return h(
    outer,
    {
      class: 'input',
      'data-field': field.name,
      ...(several && { role: 'group', 'aria-label': field.title }),
    },
    h(inner, { class: 'input-title' }, field.title),
    control,
    field.help ? h('span', { class: 'input-help', id: help }, field.help) : null,
  );
}

/** Two maps in the place of one: captions above them, and the second beside the first or behind a divider. */

import './twin.css';
import type { Feature, IndicatorTheme } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import { type LayerStack, type StackEvents, UNITS_LAYER } from '../stack';
import type { Choice } from '../thematic/choice';
import type { Loaded } from '../thematic/load';
import type { Numbers } from '../thematic/numbers';
import { indicatorOptions } from '../thematic/options';
import { type Caption, caption } from './caption';
import { MIDDLE, type Twin, type TwinForm } from './choice';
import { Side } from './side';
import { Swipe } from './swipe';
import { WORDS } from './words';

export interface Second extends Loaded {
  twin: Twin;
}

export interface StageEvents {
  /** Something else is wanted, told from what was wanted last. */
  change: (change: (twin: Twin) => Partial<Twin>) => void;
  place: (at: number) => void;
  close: () => void;
}

/** From this width on, pixels, the strip has room for all in one row. */
const ROOMY = 920;

const FORMS: readonly TwinForm[] = ['side', 'swipe'];

/** Two maps beside each other have no room on a phone. */
const phone = matchMedia('(max-width: 700px)');

export class Stage {
  private readonly strip = h('section', { class: 'twin-strip', 'data-testid': 'twin-strip' });
  private side: Side | null = null;
  private swipe: Swipe | null = null;
  private captions: Caption[] = [];
  private again: () => void = () => {};
  private readonly turned = () => this.again();
  private readonly sized = new ResizeObserver(() => this.resize());

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly layerEvents: StackEvents,
    private readonly events: StageEvents,
  ) {
    document.querySelector('.bar')?.after(this.strip);
    this.sized.observe(desk.view.leaflet.getContainer());
    phone.addEventListener('change', this.turned);
  }

  show(first: Numbers, second: Second, themes: readonly IndicatorTheme[]): void {
    this.again = () => this.show(first, second, themes);
    const units = this.stack.vector(UNITS_LAYER);
    if (!units) return;
    const form = phone.matches ? 'swipe' : second.twin.form;
    const { classList } = document.documentElement;
    classList.add('with-twin');
    classList.toggle('with-side', form === 'side');
    this.caption(first, second, themes);
    this.resize();
    const look = second.numbers.look(units.data);
    if (form === 'side') {
      this.leaveSwipe();
      this.side ??= new Side(this.desk, this.stack, this.layerEvents);
      this.side.show(look, second.numbers);
    } else {
      this.leaveSide();
      this.swipe ??= new Swipe(this.desk, this.stack, this.layerEvents, this.events.place);
      this.swipe.show(look, second.numbers, second.twin.at ?? MIDDLE);
    }
  }

  light(feature: Feature | null): void {
    const id = feature && String(feature.id);
    const name = id && (this.stack.unitName(id, this.desk.language) ?? id);
    for (const each of this.captions) each.light(id && name ? { id, name } : null);
    this.side?.light(feature);
  }

  /** Lead the reader to what can be chosen here. */
  focus(): void {
    this.strip.querySelector('select')?.focus();
  }

  remove(): void {
    this.sized.disconnect();
    phone.removeEventListener('change', this.turned);
    this.leaveSide();
    this.leaveSwipe();
    this.strip.remove();
    document.documentElement.classList.remove('with-twin', 'with-side', 'twin-narrow');
    this.desk.view.resize();
  }

  private leaveSide(): void {
    this.side?.remove();
    this.side = null;
  }

  private leaveSwipe(): void {
    this.swipe?.remove();
    this.swipe = null;
  }

  private resize(): void {
    const isNarrow = !phone.matches && this.strip.offsetWidth < ROOMY;
    document.documentElement.classList.toggle('twin-narrow', isNarrow);
    if (this.side) this.side.resize();
    else this.desk.view.resize();
  }

  private caption(first: Numbers, second: Second, themes: readonly IndicatorTheme[]): void {
    const { language } = this.desk;
    const t = WORDS[language];
    const focused = document.activeElement?.getAttribute('data-twin');
    const title = h('h2', {}, first.title);
    this.captions = [
      caption(first, language, title, t.first),
      caption(second.numbers, language, this.controls(second, themes), t.second),
    ];
    const close = h(
      'button',
      {
        type: 'button',
        class: 'twin-close',
        'aria-label': t.close,
        title: t.close,
        click: this.events.close,
      },
      '×',
    );
    this.strip.setAttribute('aria-label', t.forms);
    this.strip.replaceChildren(
      ...this.captions.map(({ element }) => element),
      h('div', { class: 'twin-tools' }, this.forms(second.twin), close),
    );
    if (focused) this.strip.querySelector<HTMLElement>(`[data-twin="${CSS.escape(focused)}"]`)?.focus();
  }

  /** The indicator and the year of the second map. */
  private controls({ twin, indicator, numbers }: Second, themes: readonly IndicatorTheme[]): HTMLElement {
    const t = WORDS[this.desk.language];
    const choose = (next: (choice: Choice) => Choice) =>
      this.events.change(({ choice }) => ({ choice: next(choice) }));
    const select = (name: string, label: string, chosen: (value: string) => void, options: HTMLElement[]) =>
      h(
        'select',
        {
          'data-twin': name,
          'data-testid': `twin-${name}`,
          'aria-label': label,
          change: (event: Event) => chosen((event.currentTarget as HTMLSelectElement).value),
        },
        ...options,
      );
    const what = select(
      'indicator',
      t.indicator,
      (code) => choose(() => ({ code })),
      indicatorOptions(themes),
    );
    what.value = twin.choice.code;
    const years = indicator.periods.map((year) => h('option', { value: year }, String(year)));
    const when = select(
      'year',
      t.year,
      (year) => choose((choice) => ({ ...choice, period: Number(year) })),
      years,
    );
    when.value = String(numbers.classes.period);
    return h('div', { class: 'twin-controls' }, what, when);
  }

  private forms(twin: Twin): HTMLElement {
    const t = WORDS[this.desk.language];
    const buttons = FORMS.map((form) =>
      h(
        'button',
        {
          type: 'button',
          'data-twin': form,
          'data-testid': `twin-${form}`,
          'aria-pressed': String(form === twin.form),
          click: () => this.events.change(() => ({ form })),
        },
        t[form],
      ),
    );
    return h('div', { class: 'forms', role: 'group', 'aria-label': t.forms }, ...buttons);
  }
}

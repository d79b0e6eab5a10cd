/** The panel on the left of a wide window; on a phone, a sheet at the bottom with three stops. */

import type { Language } from '../contract';
import { h } from '../dom';
import { MESSAGES } from '../i18n';

export type Tab = 'layers' | 'analysis' | 'about';

/** What each tab shows, made when it is opened and when the language changes. */
export type Tabs = Record<Tab, () => HTMLElement>;

const STOPS = ['peek', 'half', 'full'] as const;
type Stop = (typeof STOPS)[number];

/** A grip that moved less than this was tapped. */
const TAP_PX = 6;

const narrow = matchMedia('(min-width: 701px) and (max-width: 1199px)');

export class Panel {
  private tab: Tab = 'layers';
  private language: Language = 'ru';
  private readonly fold = h('button', {
    type: 'button',
    class: 'fold',
    'data-testid': 'fold',
    click: () => this.toggle(),
  });
  private readonly tabs = h('div', {
    class: 'tabs',
    role: 'tablist',
    keydown: (event: KeyboardEvent) => this.key(event),
  });
  private readonly body = h('div', { class: 'panel-body', role: 'tabpanel', id: 'panel-body', tabindex: -1 });
  private readonly grip = h('button', { type: 'button', class: 'grip', 'data-testid': 'grip' });
  private readonly panel = h('aside', { class: 'panel', 'data-testid': 'panel' }, this.tabs, this.body);
  readonly element = h('div', { class: 'sheet' }, this.grip, this.panel, this.fold);
  private folded = false;
  /** Folded for others, and to be unfolded after them. */
  private lent = false;
  /** Who has the room of the panel. */
  private readonly borrowers = new Set<string>();
  private stop: Stop = 'peek';

  constructor(
    private readonly contents: Tabs,
    private readonly resized: () => void,
  ) {
    this.element.dataset.stop = this.stop;
    this.drag();
  }

  /** The legend lies in the sheet on a phone, above the list. */
  takeLegend(legend: HTMLElement): void {
    this.grip.after(legend);
  }

  speak(language: Language): void {
    this.language = language;
    this.render();
  }

  toggle(): void {
    this.lent = false;
    this.setFolded(!this.folded);
    this.setStop(this.folded ? 'peek' : 'half');
    this.render();
    this.resized();
  }

  /** In a narrow window there is no room for the map between the panel and the drawer, nor for two maps beside it. */
  makeRoom(borrower: 'drawer' | 'twin', taken: boolean): void {
    if (taken) this.borrowers.add(borrower);
    else this.borrowers.delete(borrower);
    const isMeant = taken ? !this.folded && narrow.matches : this.lent && this.borrowers.size === 0;
    if (!isMeant) return;
    this.lent = taken;
    this.setFolded(taken);
    this.render();
  }

  private setFolded(folded: boolean): void {
    this.folded = folded;
    document.documentElement.classList.toggle('folded', folded);
  }

  /** Show a tab, wherever the panel was. */
  open(tab: Tab): void {
    if (this.folded) this.toggle();
    else this.setStop('full');
    this.choose(tab);
  }

  /** Leave the map free, as when a search result is shown on a phone. */
  rest(): void {
    this.setStop('peek');
  }

  private get names(): Tab[] {
    return Object.keys(this.contents) as Tab[];
  }

  private render(): void {
    const t = MESSAGES[this.language];
    this.panel.setAttribute('aria-label', t.panel);
    this.fold.textContent = this.folded ? '›' : '‹';
    this.fold.setAttribute('aria-label', this.folded ? t.unfold : t.fold);
    this.fold.title = this.folded ? t.unfold : t.fold;
    this.fold.setAttribute('aria-expanded', String(!this.folded));
    // the first tab tells of more than its name
    const title = this.tab === 'layers' ? t.sheet : t[this.tab];
    this.grip.setAttribute('aria-label', `${title}. ${t.sheetGrow}`);
    this.grip.replaceChildren(h('span', { class: 'grip-bar' }), h('span', { class: 'grip-text' }, title));
    this.tabs.replaceChildren(
      ...this.names.map((tab) =>
        h(
          'button',
          {
            type: 'button',
            role: 'tab',
            id: `tab-${tab}`,
            'aria-selected': String(tab === this.tab),
            'aria-controls': 'panel-body',
            tabindex: tab === this.tab ? 0 : -1,
            click: () => this.choose(tab),
          },
          t[tab],
        ),
      ),
    );
    this.body.setAttribute('aria-labelledby', `tab-${this.tab}`);
    this.body.replaceChildren(this.contents[this.tab]());
  }

  private choose(tab: Tab): void {
    this.tab = tab;
    this.render();
    this.tabs.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const { names } = this;
    const next = step && names[(names.indexOf(this.tab) + step + names.length) % names.length];
    if (next) this.choose(next);
  }

  private setStop(stop: Stop): void {
    this.stop = stop;
    this.element.dataset.stop = stop;
    this.element.style.removeProperty('height');
  }

  private drag(): void {
    let from: { y: number; height: number } | null = null;
    let moved = 0;
    this.grip.addEventListener('pointerdown', (event) => {
      from = { y: event.clientY, height: this.element.offsetHeight };
      moved = 0;
      this.grip.setPointerCapture(event.pointerId);
    });
    this.grip.addEventListener('pointermove', (event) => {
      if (!from) return;
      moved = Math.max(moved, Math.abs(event.clientY - from.y));
      if (moved > TAP_PX) this.element.style.height = `${from.height + from.y - event.clientY}px`;
    });
    this.grip.addEventListener('pointerup', () => {
      from = null;
      if (moved <= TAP_PX) return;
      const share = this.element.offsetHeight / window.innerHeight;
      this.setStop(share < 0.28 ? 'peek' : share < 0.66 ? 'half' : 'full');
    });
    // Also what Enter and Space do.
    this.grip.addEventListener('click', () => {
      if (moved > TAP_PX) moved = 0;
      else this.setStop(STOPS[(STOPS.indexOf(this.stop) + 1) % STOPS.length] ?? 'peek');
    });
  }
}

/** The thin loading line, and notices that say what happened, what still works and what to do. */

import { h } from './dom';
import type { Messages } from './i18n';

export class Loading {
  private pending = 0;
  readonly element = h('div', { class: 'loading', role: 'progressbar', hidden: true });

  /** Show the line while the work lasts. */
  async during<T>(work: Promise<T>, label: string): Promise<T> {
    this.pending += 1;
    this.element.hidden = false;
    this.element.setAttribute('aria-label', label);
    try {
      return await work;
    } finally {
      this.pending -= 1;
      this.element.hidden = this.pending === 0;
    }
  }
}

export interface Notice {
  what: string;
  help: string;
  /** Asked for by the reader, and by itself after a while; whoever succeeds dismisses the notice. */
  retry?: () => void;
}

/** How long it takes until something is tried again by itself: the first time, and at most. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;

interface Shown {
  card: HTMLElement;
  said: string;
  retry: (() => void) | undefined;
  wait: number;
  timer: number;
  /** It has been tried again since, and failed again if it is shown anew. */
  tried: boolean;
}

export class Notices {
  private readonly shown = new Map<string, Shown>();
  readonly element = h('div', { class: 'notices', role: 'alert', 'data-testid': 'notices' });

  /** One notice a key: a new one replaces the old, whose card stays where it says the same. */
  show(key: string, { what, help, retry }: Notice, t: Messages): void {
    const said = `${what} ${help}`;
    const former = this.shown.get(key);
    clearTimeout(former?.timer);
    const isSame = former?.said === said;
    const card = isSame ? former.card : this.card(key, { what, help, ...(retry && { retry }) }, t);
    const wait = former ? Math.min(former.wait * (former.tried ? 2 : 1), LONGEST_WAIT_MS) : FIRST_WAIT_MS;
    const again = () => {
      const now = this.shown.get(key);
      if (now) now.tried = true;
      retry?.();
    };
    const timer = retry ? window.setTimeout(again, wait) : 0;
    if (!isSame) {
      former?.card.remove();
      this.element.append(card);
    }
    this.shown.set(key, { card, said, retry, wait, timer, tried: false });
  }

  dismiss(key: string): void {
    const shown = this.shown.get(key);
    clearTimeout(shown?.timer);
    shown?.card.remove();
    this.shown.delete(key);
  }

  private card(key: string, { what, help, retry }: Notice, t: Messages): HTMLElement {
    const again = () => {
      const asked = this.shown.get(key)?.retry;
      this.dismiss(key);
      asked?.();
    };
    return h(
      'div',
      { class: 'notice', 'data-testid': 'notice' },
      h('p', {}, h('strong', {}, what), ' ', help),
      h(
        'div',
        { class: 'notice-actions' },
        retry ? h('button', { type: 'button', class: 'primary', click: again }, t.retry) : null,
        h('button', { type: 'button', click: () => this.dismiss(key) }, t.close),
      ),
    );
  }
}

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
  retry?: () => void;
}

export class Notices {
  private readonly shown = new Map<string, HTMLElement>();
  readonly element = h('div', { class: 'notices', role: 'alert', 'data-testid': 'notices' });

  /** One notice a key: a new one replaces the old. */
  show(key: string, notice: Notice, t: Messages): void {
    this.dismiss(key);
    const retry = () => {
      this.dismiss(key);
      notice.retry?.();
    };
    const card = h(
      'div',
      { class: 'notice', 'data-testid': 'notice' },
      h('p', {}, h('strong', {}, notice.what), ' ', notice.help),
      h(
        'div',
        { class: 'notice-actions' },
        notice.retry ? h('button', { type: 'button', class: 'primary', click: retry }, t.retry) : null,
        h('button', { type: 'button', click: () => this.dismiss(key) }, t.close),
      ),
    );
    this.shown.set(key, card);
    this.element.append(card);
  }

  dismiss(key: string): void {
    this.shown.get(key)?.remove();
    this.shown.delete(key);
  }
}

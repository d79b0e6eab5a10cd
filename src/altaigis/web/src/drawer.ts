/** The drawer on the right: what was asked about at length. On a phone it covers the map. */

import type { Desk } from './desk';
import { h } from './dom';

export class Drawer {
  private readonly heading = h('h2', { id: 'drawer-title', tabindex: -1 });
  private readonly closing = h(
    'button',
    { type: 'button', class: 'drawer-close', click: () => this.close() },
    '×',
  );
  private readonly body = h('div', { class: 'drawer-body' });
  readonly element = h(
    'aside',
    { class: 'drawer', 'data-testid': 'drawer', 'aria-labelledby': 'drawer-title', hidden: true },
    h('header', {}, this.heading, this.closing),
    this.body,
  );
  private opener: Element | null = null;
  private closed: (() => void) | null = null;

  /** `moved`: whether it is open now. */
  constructor(
    private readonly desk: Desk,
    private readonly moved: (open: boolean) => void,
  ) {}

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** Show something in place of what was there; `closed` is told when the reader shuts it, or opens another thing. */
  open(title: string, content: HTMLElement, closed: () => void): void {
    const { activeElement } = document;
    if (!this.element.contains(activeElement)) this.opener = activeElement;
    this.closed?.();
    this.closed = closed;
    this.fill(title, content);
    this.element.hidden = false;
    document.documentElement.classList.add('with-drawer');
    this.moved(true);
    this.heading.focus({ preventScroll: true });
  }

  /** The same thing, said anew. */
  fill(title: string, content: HTMLElement): void {
    this.heading.textContent = title;
    this.closing.setAttribute('aria-label', this.desk.t.close);
    this.closing.title = this.desk.t.close;
    this.body.replaceChildren(content);
  }

  close(): void {
    if (!this.isOpen) return;
    const { closed, opener } = this;
    this.closed = null;
    this.element.hidden = true;
    this.body.replaceChildren();
    document.documentElement.classList.remove('with-drawer');
    this.moved(false);
    // Opened by a key of the map, it gives the map back.
    const back = opener === document.body ? this.desk.view.leaflet.getContainer() : opener;
    if (back instanceof HTMLElement && back.isConnected) back.focus({ preventScroll: true });
    closed?.();
  }
}

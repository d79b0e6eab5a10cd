/** Two maps with a raster each: their titles and colours above them, and one moved with the other. */

import './twin.css';
import type { Collection, Style } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import { ramp } from '../panel/keys';
import type { LayerStack, StackEvents } from '../stack';
import { Side } from './side';
import { WORDS } from './words';

export interface Drawn {
  collection: Collection;
  style: Style;
}

const CLASSES = ['with-twin', 'with-side', 'with-beside'];

export class RasterStage {
  private readonly strip = h('section', { class: 'twin-strip', 'data-testid': 'beside-strip' });
  private side: Side | null = null;
  private readonly sized = new ResizeObserver(() => this.side?.resize());

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly events: StackEvents,
    private readonly closed: () => void,
  ) {
    document.querySelector('.bar')?.after(this.strip);
    document.documentElement.classList.add(...CLASSES);
  }

  show(first: Drawn, second: Drawn): void {
    const t = WORDS[this.desk.language];
    const close = h(
      'button',
      {
        type: 'button',
        class: 'twin-close',
        'data-testid': 'beside-close',
        'aria-label': t.close,
        title: t.close,
        click: this.closed,
      },
      '×',
    );
    this.strip.setAttribute('aria-label', t.forms);
    this.strip.replaceChildren(
      this.caption(first),
      this.caption(second),
      h('div', { class: 'twin-tools' }, close),
    );
    this.side = new Side(
      this.desk,
      this.stack,
      this.events,
      new Map([[first.collection.id, second.collection]]),
    );
    this.side.show(null);
    this.side.resize();
    this.sized.observe(this.desk.view.leaflet.getContainer());
  }

  /** Other layers are on. */
  refresh(): void {
    this.side?.show(null);
  }

  remove(): void {
    this.sized.disconnect();
    this.side?.remove();
    this.strip.remove();
    document.documentElement.classList.remove(...CLASSES);
    this.desk.view.resize();
  }

  private caption({ collection, style }: Drawn): HTMLElement {
    const { language } = this.desk;
    const key = style.kind === 'ramp' ? ramp(collection, style, language) : null;
    key?.querySelector('h2')?.remove();
    return h(
      'div',
      { class: 'twin-caption', role: 'group', 'aria-label': collection.title },
      h('h2', { title: collection.title }, collection.title),
      key,
    );
  }
}

/** The button that opens all ways to take the map along; they come when they are first asked for. */

import { h, s } from '../dom';
import { Print } from './print';
import type { Scene } from './scene';
import { WORDS } from './words';

/** A sheet that something leaves upwards. */
const sign = (): SVGSVGElement =>
  s(
    'svg',
    { class: 'share-sign', width: 16, height: 16, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    s('path', { d: 'M4.5 7H3v7.5h10V7h-1.5M8 10V1.5M4.8 4.6 8 1.5l3.2 3.1' }),
  );

export class Share {
  readonly button = h(
    'button',
    {
      type: 'button',
      class: 'share',
      'data-testid': 'share',
      'aria-haspopup': 'dialog',
      click: () => void this.open(),
    },
    sign(),
    h('span', { class: 'share-word' }),
  );
  private readonly print: Print;

  constructor(private readonly scene: Scene) {
    this.print = new Print(scene);
  }

  speak(): void {
    const { share } = WORDS[this.scene.desk.language];
    this.button.setAttribute('aria-label', share);
    this.button.title = share;
    const word = this.button.querySelector('.share-word');
    if (word) word.textContent = share;
  }

  private async open(): Promise<void> {
    const { desk } = this.scene;
    const { openDialog } = await desk.during(import('./dialog'));
    openDialog(this.scene, this.print);
  }
}

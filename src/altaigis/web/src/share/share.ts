/** The button that opens all ways to take the map along; they come when they are first asked for. */

import { h } from '../dom';
import { Print } from './print';
import type { Scene } from './scene';
import { WORDS } from './words';

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
    h('span', { 'aria-hidden': 'true' }, '⤴'),
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

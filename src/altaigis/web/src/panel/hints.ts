/** What a first visitor may want to know: three quiet lines above the layers, until they are read. */

import type { Language } from '../contract';
import { h } from '../dom';
import { MESSAGES } from '../i18n';
import { recall, remember } from '../memory';

export class Hints {
  readonly element = h('aside', { class: 'hints', 'data-testid': 'hints', hidden: true });

  /** `wanted`: the reader came by the plain address, and not by a link that shows something already. */
  constructor(wanted: boolean) {
    this.element.hidden = !wanted || recall('hints') !== null;
  }

  speak(language: Language): void {
    const t = MESSAGES[language];
    const close = () => {
      remember('hints', 'read');
      this.element.hidden = true;
    };
    this.element.setAttribute('aria-label', t.hintsTitle);
    this.element.replaceChildren(
      h('ul', {}, ...t.hints.map((hint) => h('li', {}, hint))),
      h('button', { type: 'button', 'data-testid': 'hints-read', click: close }, t.hintsRead),
    );
  }
}

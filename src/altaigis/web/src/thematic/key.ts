/** The colours of an indicator's classes in a row, with their bounds: the small sister of the legend. */

import type { Language } from '../contract';
import { h } from '../dom';
import { MESSAGES } from '../i18n';
import { classOf } from '../style';
import { boundText, rangeText } from '../words';
import type { Numbers } from './numbers';

const CROWDED = 5;

export interface Key {
  element: HTMLElement;
  /** Mark the class of a value; null takes the mark away. */
  mark: (value: number | null) => void;
}

export function colourKey({ classes }: Numbers, language: Language): Key {
  // Where many classes make the cells narrow, every other bound has room.
  const isTold = (index: number) => classes.breaks.length < CROWDED || index % 2 === 0;
  const cells = classes.classes.map(({ colour }, index) => {
    const colours = h('span', { class: 'key-colour' });
    colours.style.background = colour;
    const bound = classes.breaks[index];
    return h(
      'li',
      { title: rangeText(index, classes.breaks, language) },
      colours,
      h(
        'span',
        { class: 'key-bound' },
        isTold(index) && bound !== undefined ? boundText(bound, language) : '',
      ),
    );
  });
  const none = h('li', { class: 'key-none' }, h('span', { class: 'key-colour no-data' }));
  none.append(h('span', { class: 'key-bound' }, MESSAGES[language].noData));
  const element = h('ul', { class: 'colour-key', 'data-testid': 'colour-key' }, ...cells, none);
  return {
    element,
    mark: (value) => {
      const at = value === null ? null : classOf(value, classes.breaks);
      cells.forEach((cell, index) => {
        cell.classList.toggle('is-marked', index === at);
      });
    },
  };
}

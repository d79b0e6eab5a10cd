/** What stands above each of the two maps: title, colours, and the value of the unit that is pointed at. */

import type { Language } from '../contract';
import { h } from '../dom';
import { MESSAGES, unitName } from '../i18n';
import { colourKey } from '../thematic/key';
import type { Numbers } from '../thematic/numbers';

export interface Caption {
  element: HTMLElement;
  /** Say what a unit has; null: nothing is pointed at. */
  light: (unit: { id: string; name: string } | null) => void;
}

export function caption(numbers: Numbers, language: Language, head: HTMLElement, label: string): Caption {
  const key = colourKey(numbers, language);
  const { unit } = numbers.classes;
  const whole =
    numbers.whole === null ? '' : MESSAGES[language].ofWhole(numbers.text(numbers.whole, language));
  const rest = whole || (unit === '1' ? '' : unitName(unit, language));
  const said = h('p', { class: 'twin-said', 'aria-live': 'polite', 'data-testid': 'twin-said' }, rest);
  const element = h(
    'div',
    { class: 'twin-caption', role: 'group', 'aria-label': `${label}: ${numbers.title}` },
    head,
    key.element,
    said,
  );
  return {
    element,
    light: (pointed) => {
      key.mark(pointed && numbers.of(pointed.id));
      said.textContent = pointed ? `${pointed.name}: ${numbers.told(pointed.id, language)}` : rest;
    },
  };
}

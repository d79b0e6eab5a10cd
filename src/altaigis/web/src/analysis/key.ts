/** The field for a key. It stays in the page alone: nothing of it is stored. */

import { h } from '../dom';
import type { Words } from './words';

export function keyField(t: Words, value: string, typed: (key: string) => void): HTMLElement {
  const input = h('input', {
    type: 'password',
    required: true,
    autocomplete: 'off',
    'data-testid': 'key',
    'aria-describedby': 'key-help',
    input: (event: Event) => typed((event.currentTarget as HTMLInputElement).value.trim()),
  });
  input.value = value;
  return h(
    'label',
    { class: 'input' },
    h('span', { class: 'input-title' }, t.key),
    input,
    h('span', { class: 'input-help', id: 'key-help' }, t.keyHelp),
  );
}

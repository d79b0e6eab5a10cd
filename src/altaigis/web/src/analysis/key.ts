/** The field for a key. It stays in the page alone: nothing of it is stored. */

import { h } from '../dom';
import type { Messages } from '../i18n';

export function keyField(t: Messages, value: string, typed: (key: string) => void): HTMLElement {
  const input = h('input', {
    type: 'password',
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

/** What the map is, where its data are, and which keys it knows. */

import { address } from '../api';
import type { Language } from '../contract';
import { h } from '../dom';
import { MESSAGES } from '../i18n';

export function aboutMap(language: Language): HTMLElement {
  const t = MESSAGES[language];
  const link = (path: string, text: string) =>
    h('li', {}, h('a', { href: address(path), target: '_blank', rel: 'noopener' }, text));
  const rows = t.keyList.map(([key, action]) =>
    h('tr', {}, h('th', { scope: 'row' }, h('kbd', {}, key)), h('td', {}, action)),
  );
  return h(
    'div',
    { class: 'about' },
    ...t.aboutText.map((text) => h('p', {}, text)),
    h('p', { class: 'about-address' }, h('span', {}, t.addressLabel), h('code', {}, address(''))),
    h(
      'ul',
      { class: 'about-links' },
      link(`collections?f=html&lang=${language}`, t.collectionsLink),
      link('api.html', t.apiLink),
    ),
    h('h2', {}, t.keys),
    h('table', { class: 'keys' }, ...rows),
    h('p', { class: 'source' }, t.madeWith),
  );
}

/** What a popup holds: the sentence, the details, values of the rasters at the point, the way to the data. */

import { itemAddress } from './api';
import type { Collection, Feature, Language, RasterValue } from './contract';
import { h } from './dom';
import { categoryOf, details, type LayerData, nameOf } from './feature';
import { number } from './format';
import { MESSAGES, unitName } from './i18n';
import { sentence, type UnitName } from './sentence';

/** More than these would hide the sentence, and the map: they are opened by whom they interest. */
const FEW_ROWS = 5;

const row = (title: string, value: string | Node): HTMLTableRowElement =>
  h('tr', {}, h('th', { scope: 'row' }, title), h('td', {}, value));

export function featurePopup(
  feature: Feature,
  data: LayerData,
  language: Language,
  unitName: UnitName,
): HTMLElement {
  const t = MESSAGES[language];
  const { name, rest } = sentence(feature, data, language, unitName);
  const rows = details(feature, data, language, unitName).map(([title, value]) => row(title, value));
  const table = h(
    'div',
    { class: 'popup-table', tabindex: 0, role: 'group', 'aria-label': t.details },
    h('table', {}, ...rows),
  );
  return h(
    'article',
    { class: 'popup', 'data-testid': 'popup' },
    h('p', { class: 'popup-layer' }, data.collection.title),
    h('p', { class: 'popup-sentence', 'data-testid': 'popup-sentence' }, h('strong', {}, name), ' ', rest),
    feature.geometry ? null : h('p', { class: 'popup-note' }, t.noPlace),
    rows.length > FEW_ROWS
      ? h('details', { class: 'popup-fold' }, h('summary', {}, t.allDetails(rows.length)), table)
      : table,
    h(
      'p',
      { class: 'popup-links' },
      h(
        'a',
        { href: itemAddress(data.collection.id, String(feature.id)), target: '_blank', rel: 'noopener' },
        t.download,
      ),
    ),
  );
}

/** One of several features at a place. */
export interface Listed {
  feature: Feature;
  data: LayerData;
  open: () => void;
}

/** What else lies at the place of a feature. */
export const alsoSection = (listed: readonly Listed[], language: Language): HTMLElement =>
  h(
    'section',
    { class: 'popup-also', 'data-testid': 'popup-also' },
    h('h3', {}, MESSAGES[language].alsoHere),
    entriesOf(listed, language),
  );

/** All that lies at one place, each with the way to its own popup. */
export const listPopup = (listed: readonly Listed[], language: Language): HTMLElement =>
  h(
    'article',
    { class: 'popup', 'data-testid': 'popup-list' },
    h('p', { class: 'popup-here' }, MESSAGES[language].featuresHere(listed.length)),
    entriesOf(listed, language),
  );

function entriesOf(listed: readonly Listed[], language: Language): HTMLElement {
  const entries = listed.map(({ feature, data, open }) => {
    const { collection, style } = data;
    const kind = categoryOf(feature, style, language);
    const click = (event: Event) => {
      // The button is gone once its popup opens: the map would take this for a click on itself.
      event.stopPropagation();
      open();
    };
    return h(
      'li',
      {},
      h(
        'button',
        { type: 'button', click },
        h('strong', {}, nameOf(feature, collection, language) ?? collection.title),
        h('span', {}, kind ? `${collection.title}: ${kind}` : collection.title),
      ),
    );
  });
  return h('ul', { class: 'popup-list' }, ...entries);
}

function rasterText(answer: RasterValue, language: Language): string {
  const t = MESSAGES[language];
  if (answer.label) return answer.label;
  if (answer.value === null) return t.noData;
  const unit = answer.unit ? `\u00a0${unitName(answer.unit, language)}` : '';
  const within = typeof answer.error === 'number' ? `\u00a0± ${number(answer.error, language, 2)}` : '';
  return number(answer.value, language) + within + unit;
}

/** The values of rasters at a point; each line fills when its answer comes. */
export function rasterSection(
  answers: [Collection, Promise<RasterValue>][],
  language: Language,
): HTMLElement {
  const t = MESSAGES[language];
  const rows = answers.map(([collection, answer]) => {
    const cell = h('span', {}, '…');
    answer.then(
      (value) => {
        cell.textContent = rasterText(value, language);
      },
      () => {
        cell.textContent = t.pointFailed;
      },
    );
    return row(collection.title, cell);
  });
  return h(
    'section',
    { class: 'popup-rasters', 'data-testid': 'popup-rasters' },
    h('h3', {}, t.atPoint),
    h('table', {}, ...rows),
  );
}

/** What stands round a chart where no server has written it: the same elements as on a station's page. */

import { h } from '../dom';
import { BUCKETS, type Page } from './contract';
import { WORDS } from './words';

const USUAL_PERIOD = '30d';

export function chartFrame(page: Page): HTMLElement {
  const t = WORDS[page.language];
  const periods = Object.entries(t.periods).map(([value, title]) =>
    h(
      'label',
      {},
      h('input', { type: 'radio', name: 'period', value, checked: value === USUAL_PERIOD }),
      title,
    ),
  );
  const buckets = [
    h('option', { value: 'auto' }, t.auto),
    ...BUCKETS.map((value) => h('option', { value }, value === 'raw' ? t.asTheyCame : t.buckets[value])),
  ];
  const button = (name: string, text: string, label = text) =>
    h('button', { type: 'button', class: name, 'aria-label': label }, text);
  const file = (format: string, text: string) => h('a', { 'data-format': format, href: '' }, text);
  return h(
    'section',
    { class: 'series-view', 'aria-label': t.series },
    h(
      'form',
      {},
      h('label', {}, t.parameter, h('select', { name: 'parameter' })),
      h('fieldset', {}, h('legend', {}, t.period), ...periods),
      h('label', {}, t.bucket, h('select', { name: 'bucket' }, ...buckets)),
      h(
        'span',
        { class: 'zoom' },
        button('closer', '+', t.closer),
        button('farther', '−', t.farther),
        button('whole', t.whole),
      ),
    ),
    h('p', { class: 'readout', role: 'status', 'aria-live': 'polite' }),
    h('div', { class: 'chart', tabindex: 0, role: 'img', 'aria-label': t.chart, title: t.keys }),
    h('ul', { class: 'key' }),
    h(
      'p',
      { class: 'files' },
      `${t.files} `,
      file('csv', 'CSV'),
      ' · ',
      file('parquet', 'Parquet'),
      ' · ',
      file('json', 'JSON'),
      ' · ',
      h('button', { type: 'button', class: 'png' }, 'PNG'),
      ' ',
      h('span', { class: 'made-up synthetic-note', hidden: true }, t.syntheticSeries),
    ),
    h(
      'details',
      {},
      h('summary', {}, t.table),
      h(
        'div',
        { class: 'wide', tabindex: 0, role: 'region', 'aria-label': t.table },
        h('table', { class: 'rows' }),
      ),
    ),
  );
}

/** Keys of what has no histogram: the colours of rasters, and the categories of results. */

import type { CategoriesStyle, Collection, Language, PaletteStyle, RampStyle, Text } from '../contract';
import { h, s } from '../dom';
import { isCrowd, type LayerData } from '../feature';
import { formOf } from '../form';
import { number } from '../format';
import { MESSAGES, unitName } from '../i18n';
import { markIcon, sample } from '../mark';

const WIDTH = 264;

function frame(
  collection: Collection,
  title: string,
  language: Language,
  ...content: Element[]
): HTMLElement {
  const t = MESSAGES[language];
  return h(
    'div',
    { class: `legend-part of-${collection['altai:kind']}`, 'data-legend': collection.id },
    h('h2', {}, title),
    ...content,
    collection.attribution ? h('p', {}, `${t.source}: ${collection.attribution}`) : null,
  );
}

export function ramp(collection: Collection, style: RampStyle, language: Language): HTMLElement {
  const low = style.stops[0]?.value ?? 0;
  const high = style.stops.at(-1)?.value ?? 1;
  const share = (value: number) => (value - low) / (high - low || 1);
  const id = `ramp-${collection.id}`;
  const gradient = s(
    'linearGradient',
    { id },
    ...style.stops.map((stop) => s('stop', { offset: share(stop.value), 'stop-color': stop.colour })),
  );
  // Numbers at the ends and, where they do not meet, between.
  const ticks: number[] = [];
  for (const { value } of style.stops)
    if (ticks.length === 0 || share(value) - share(ticks.at(-1) ?? low) > 0.17) ticks.push(value);
  // As many digits as tell one tick from the next.
  const digits = Math.max(0, Math.ceil(-Math.log10((high - low || 1) / 5)));
  const numbers = ticks.map((value) =>
    s(
      'text',
      {
        x: share(value) * WIDTH,
        y: 28,
        class: 'bound',
        'text-anchor': value === low ? 'start' : value === high ? 'end' : 'middle',
      },
      number(value, language, digits),
    ),
  );
  const title = style.title[language];
  const unit = unitName(style.unit, language);
  const chart = s(
    'svg',
    { viewBox: `-1 0 ${WIDTH + 2} 32`, class: 'histogram', role: 'img', 'aria-label': title },
    gradient,
    s('rect', { x: 0, y: 0, width: WIDTH, height: 12, rx: 2, fill: `url(#${id})` }),
    ...numbers,
  );
  return frame(collection, title.includes(unit) ? title : `${title}, ${unit}`, language, chart);
}

export function palette(collection: Collection, style: PaletteStyle, language: Language): HTMLElement {
  const entries = style.entries.map((entry) =>
    h(
      'li',
      {},
      s(
        'svg',
        { width: 16, height: 12, 'aria-hidden': 'true' },
        s('rect', { width: 16, height: 12, rx: 2, fill: entry.colour }),
      ),
      h('span', {}, entry.title[language]),
    ),
  );
  return frame(collection, style.title[language], language, h('ul', { class: 'palette' }, ...entries));
}

/** The categories that a layer has, each with the number of its features. */
export function categories(data: LayerData, style: CategoriesStyle, language: Language): HTMLElement {
  const many = isCrowd(data.collection);
  const list = listed(data, style, (title, count) =>
    // the names of types have their numbers already
    many || title[language].endsWith(`(${count})`)
      ? title[language]
      : `${title[language]}: ${number(count, language, 0)}`,
  );
  list.classList.add('single');
  const { title } = data.collection;
  const about = style.title[language] === title ? [] : [h('p', {}, style.title[language])];
  return frame(data.collection, title, language, ...about, list);
}

/** The signs of a layer with what they mean, and no more. */
export function signs(data: LayerData, style: CategoriesStyle, language: Language): HTMLElement {
  const list = listed(data, style, (title) => title[language]);
  return h('div', { class: 'legend-part' }, h('h2', {}, data.collection.title), list);
}

function listed(
  data: LayerData,
  style: CategoriesStyle,
  said: (title: Text, count: number) => string,
): HTMLElement {
  const form = formOf(data);
  const entries = style.categories.flatMap(({ value, title, symbol }) => {
    const of = data.features.filter((each) => String(each.properties?.[style.field]) === String(value));
    // Of a layer that comes in tiles it is not known what there is.
    if (of.length === 0 && !isCrowd(data.collection)) return [];
    const sign = form === 'point' ? markIcon(symbol) : sample(symbol, form === 'land' ? 'area' : form);
    return [h('li', {}, sign, h('span', {}, said(title, of.length)))];
  });
  return h('ul', { class: 'palette' }, ...entries);
}

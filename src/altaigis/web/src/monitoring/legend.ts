/** What the signs of the stations mean: statuses with their numbers, or classes of values. */

import type { Language } from '../contract';
import { h } from '../dom';
import { number } from '../format';
import { markIcon } from '../mark';
import { rangeText } from '../words';
import type { Frames, Standings } from './contract';
import { type Classes, SIGNS, valueMark } from './signs';
import { moment } from './times';
import { WORDS } from './words';

const titled = (title: string, note: string | null, unit: string): string => {
  const plain = note ? title.replace(` (${note})`, '') : title;
  return unit ? `${plain}, ${unit}` : plain;
};

const frame = (
  of: Pick<Standings, 'title' | 'note' | 'unit_title'>,
  made: string | null,
  ...content: HTMLElement[]
): HTMLElement =>
  h(
    'div',
    { class: 'legend-part', 'data-testid': 'observed-legend' },
    h('h2', {}, titled(of.title, of.note, of.unit_title)),
    ...content,
    made ? h('p', { class: 'made-up' }, made) : null,
  );

/** Whether all, some or none of the values are made up, in words. */
export function syntheticText(
  stations: readonly { synthetic: boolean }[],
  language: Language,
): string | null {
  const made = stations.filter(({ synthetic }) => synthetic).length;
  if (made === 0) return null;
  return made === stations.length ? WORDS[language].syntheticAll : WORDS[language].syntheticSome(made);
}

const statisticOf = ({ statistic }: Frames, language: Language): string =>
  statistic === 'sum' ? WORDS[language].sum : WORDS[language].mean;

/** "Диоксид азота, мкг/м³: состояние на 23 нояб. 2026 г., 18:00". */
export function standingsTitle(told: Standings, language: Language): string {
  const title = titled(told.title, told.note, told.unit_title);
  const newest = told.stations
    .map(({ time }) => time)
    .sort()
    .at(-1);
  return newest ? `${title}, ${WORDS[language].asOf(moment(newest, language))}` : title;
}

/** "Температура воздуха, °C: среднее за 12 июля 2026 г."; `at` says of which time. */
export const framesTitle = (told: Frames, at: string, language: Language): string =>
  `${titled(told.title, told.note, told.unit_title)}: ${statisticOf(told, language)}, ${at}`;

export function standingsLegend(told: Standings, language: Language): HTMLElement {
  const entries = told.statuses
    .filter(({ count }) => count > 0)
    .map(({ status, title, count }) =>
      h(
        'li',
        { 'data-status': status },
        markIcon(SIGNS[status]),
        h('span', {}, `${title}: ${number(count, language, 0)}`),
      ),
    );
  return frame(told, syntheticText(told.stations, language), h('ul', { class: 'observed-key' }, ...entries));
}

/** `at`: of which time, in words. */
export function framesLegend(told: Frames, classes: Classes, at: string, language: Language): HTMLElement {
  const t = WORDS[language];
  const entries = classes.colours.map((_, index) => {
    const value = classes.breaks[index - 1] ?? (classes.breaks[0] ?? 0) - 1;
    return h(
      'li',
      {},
      markIcon(valueMark(value, classes)),
      h('span', {}, rangeText(index, classes.breaks, language)),
    );
  });
  const empty = h('li', {}, markIcon(valueMark(null, classes)), h('span', {}, t.noValue));
  return frame(
    told,
    syntheticText(told.stations, language),
    h('p', { 'data-testid': 'legend-moment' }, `${statisticOf(told, language)}, ${at}`),
    h('ul', { class: 'observed-key' }, ...entries, empty),
  );
}

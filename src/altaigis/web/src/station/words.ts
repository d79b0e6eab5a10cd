/** The chart's words in Russian and English. */

import type { Language } from '../contract';
import type { Bucket } from './contract';

const ru = {
  synthetic: 'СИНТЕТИЧЕСКИЙ РЯД',
  buckets: {
    raw: 'значения',
    hour: 'часы',
    day: 'сутки',
    week: 'недели',
    month: 'месяцы',
    year: 'годы',
  } as Record<Bucket, string>,
  loading: 'Загрузка…',
  nothing: 'За это время значений нет. Выберите другой период.',
  failed: (why: string) => `Ряд не загружен: ${why}`,
  mean: 'среднее',
  sum: 'сумма',
  value: 'значение',
  band: 'от наименьшего до наибольшего',
  normals: 'климатическая норма',
  above: 'выше графика',
  count: 'значений',
  time: 'Время (Барнаул)',
  low: 'Мин.',
  high: 'Макс.',
  until: 'по',
  shown: (n: number, all: number) =>
    n < all ? `Последние ${n} из ${all}; все — в файле CSV.` : `Строк: ${n}.`,
};

const en: typeof ru = {
  synthetic: 'SYNTHETIC SERIES',
  buckets: { raw: 'values', hour: 'hours', day: 'days', week: 'weeks', month: 'months', year: 'years' },
  loading: 'Loading…',
  nothing: 'There are no values in this time. Choose another period.',
  failed: (why: string) => `The series could not be loaded: ${why}`,
  mean: 'mean',
  sum: 'sum',
  value: 'value',
  band: 'from the lowest to the highest',
  normals: 'climate normal',
  above: 'above the chart',
  count: 'values',
  time: 'Time (Barnaul)',
  low: 'Min.',
  high: 'Max.',
  until: 'to',
  shown: (n: number, all: number) =>
    n < all ? `The last ${n} of ${all}; all are in the CSV file.` : `Rows: ${n}.`,
};

export type Words = typeof ru;
export const WORDS: Record<Language, Words> = { ru, en };

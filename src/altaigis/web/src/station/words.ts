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
  normalsBand: 'от среднего суточного минимума до максимума (норма)',
  above: 'выше графика',
  notThen: 'в это время не действует',
  inForce: (from: string, until: string) =>
    from && until
      ? `действует с ${from} по ${until}`
      : from
        ? `действует с ${from}`
        : until
          ? `до ${until}`
          : '',
  disputed: 'источники расходятся',
  bySource: (source: string) => `по источнику: ${source}`,
  count: 'значений',
  time: 'Время (Барнаул)',
  low: 'Мин.',
  high: 'Макс.',
  until: 'по',
  series: 'Ряд',
  parameter: 'Параметр',
  period: 'Период',
  periods: { '1d': 'сутки', '7d': '7 дней', '30d': '30 дней', '1y': 'год', '5y': '5 лет', all: 'всё' },
  bucket: 'Шаг',
  auto: 'по длине периода',
  asTheyCame: 'как есть',
  closer: 'Ближе',
  farther: 'Дальше',
  whole: 'Весь период',
  chart: 'График ряда',
  keys: 'Выделите отрезок мышью, чтобы приблизить; двойной щелчок возвращает период. Клавиши: ← → — по точкам, Shift + ← → — сдвиг, + и − — масштаб, 0 — весь период.',
  files: 'Этот отрезок файлом:',
  table: 'Таблица значений',
  syntheticSeries: 'синтетический ряд',
  measured: 'измеренный ряд',
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
  normalsBand: 'from the mean daily minimum to the maximum (normal)',
  above: 'above the chart',
  notThen: 'not in force at this time',
  inForce: (from: string, until: string) =>
    from && until
      ? `in force from ${from} to ${until}`
      : from
        ? `in force since ${from}`
        : until
          ? `until ${until}`
          : '',
  disputed: 'sources disagree',
  bySource: (source: string) => `by: ${source}`,
  count: 'values',
  time: 'Time (Barnaul)',
  low: 'Min.',
  high: 'Max.',
  until: 'to',
  series: 'Series',
  parameter: 'Parameter',
  period: 'Period',
  periods: { '1d': 'day', '7d': '7 days', '30d': '30 days', '1y': 'year', '5y': '5 years', all: 'all' },
  bucket: 'Buckets',
  auto: 'to fit the period',
  asTheyCame: 'as they came',
  closer: 'Closer',
  farther: 'Farther',
  whole: 'Whole period',
  chart: 'Chart of the series',
  keys: 'Draw over a stretch to see it closer; a double click goes back. Keys: ← → step through the points, Shift + ← → move, + and − zoom, 0 is the whole period.',
  files: 'This stretch as a file:',
  table: 'Table of values',
  syntheticSeries: 'synthetic series',
  measured: 'measured series',
  shown: (n: number, all: number) =>
    n < all ? `The last ${n} of ${all}; all are in the CSV file.` : `Rows: ${n}.`,
};

export type Words = typeof ru;
export const WORDS: Record<Language, Words> = { ru, en };

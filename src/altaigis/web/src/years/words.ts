/** What the small maps of the years say, in Russian and English. */

import type { Language } from '../contract';
import { count } from '../format';

const ru = {
  open: 'Все годы',
  title: (name: string) => `${name}: по годам`,
  years: 'Какие годы показать',
  unit: 'Показать на всех',
  noUnit: 'никого: наведите на карту',
  whole: (value: string) => `край — ${value}`,
  choose: (year: number) => `Показать ${year} год на большой карте`,
  described: (year: number, filled: number, least: string, most: string) =>
    `${year} год: ${count(filled, 'ru', ['единица', 'единицы', 'единиц'])}, от ${least} до ${most}`,
  empty: (year: number) => `${year} год: нет данных`,
  hint: 'Границы классов у всех лет одни. Щелчок или Enter открывает год на большой карте.',
  print: 'Напечатать',
  close: 'Закрыть',
  failed: 'Годы не загрузились.',
};

export type YearsWords = typeof ru;

const en: YearsWords = {
  open: 'All years',
  title: (name) => `${name}: year by year`,
  years: 'Which years are shown',
  unit: 'Show in all',
  noUnit: 'none: point at a map',
  whole: (value) => `the krai: ${value}`,
  choose: (year) => `Show ${year} on the large map`,
  described: (year, filled, least, most) =>
    `${year}: ${count(filled, 'en', ['unit', 'units'])}, from ${least} to ${most}`,
  empty: (year) => `${year}: no data`,
  hint: 'The breaks of the classes are the same in all years. A click or Enter opens the year on the large map.',
  print: 'Print',
  close: 'Close',
  failed: 'The years did not load.',
};

export const WORDS: Record<Language, YearsWords> = { ru, en };

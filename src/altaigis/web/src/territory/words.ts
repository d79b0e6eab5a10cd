/** The words of municipalities that are picked on the map, in Russian and English. */

import type { Language } from '../contract';
import type { Rule } from './within';

const ru = {
  passport: 'Паспорт',
  picked: 'Выбранные муниципальные образования',
  pickHint: 'Щелчок с Shift по карте добавляет и убирает',
  add: 'К сравнению',
  drop: 'Убрать из сравнения',
  remove: (name: string) => `Убрать: ${name}`,
  clear: 'Очистить',
  compare: 'Сравнить',
  compareTitle: 'Сравнение',
  failed: 'Не удалось получить данные. Карта работает; попробуйте ещё раз.',
  retry: 'Повторить',
  choose: 'Выбрать территории',
  foundBy: {
    centre: (n: number) => `В контуре: ${n} (центр внутри).`,
    touching: (n: number) => `В контуре: ${n} (целиком или частью).`,
  } satisfies Record<Rule, (n: number) => string>,
};

export type TerritoryWords = typeof ru;

const en: TerritoryWords = {
  passport: 'Passport',
  picked: 'Municipalities that are picked',
  pickHint: 'Shift-click on the map adds and removes',
  add: 'Add to comparison',
  drop: 'Remove from comparison',
  remove: (name) => `Remove ${name}`,
  clear: 'Clear',
  compare: 'Compare',
  compareTitle: 'Comparison',
  failed: 'The data could not be had. The map works; try again.',
  retry: 'Try again',
  choose: 'Choose territories',
  foundBy: {
    centre: (n) => `In the shape: ${n} (centre inside).`,
    touching: (n) => `In the shape: ${n} (whole or in part).`,
  },
};

export const WORDS: Record<Language, TerritoryWords> = { ru, en };

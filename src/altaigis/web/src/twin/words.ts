/** What the comparison of two maps says, in Russian and English. */

import type { Language } from '../contract';

const ru = {
  compare: 'Сравнить с…',
  first: 'Первая карта',
  second: 'Вторая карта',
  side: 'Рядом',
  swipe: 'Шторка',
  forms: 'Как показать две карты',
  indicator: 'Показатель второй карты',
  year: 'Год второй карты',
  close: 'Закрыть вторую карту',
  divider: 'Шторка между картами',
  dividerAt: (percent: number) => `первой карте ${percent} % ширины`,
  failed: 'Вторая карта не загрузилась.',
};

export type TwinWords = typeof ru;

const en: TwinWords = {
  compare: 'Compare with…',
  first: 'First map',
  second: 'Second map',
  side: 'Side by side',
  swipe: 'Swipe',
  forms: 'How the two maps are shown',
  indicator: 'Indicator of the second map',
  year: 'Year of the second map',
  close: 'Close the second map',
  divider: 'Divider between the maps',
  dividerAt: (percent) => `the first map has ${percent}% of the width`,
  failed: 'The second map did not load.',
};

export const WORDS: Record<Language, TwinWords> = { ru, en };

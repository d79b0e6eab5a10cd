/** What classes are called. */

import type { Language } from './contract';
import { number } from './format';
import { MESSAGES } from './i18n';

/** Decimals of a bound between classes: as many as it takes to part the values. */
const BOUND_DIGITS = 6;

export const boundText = (value: number, language: Language): string => number(value, language, BOUND_DIGITS);

/** What a class is called: "от 5 до 8". */
export function rangeText(index: number, breaks: readonly number[], language: Language): string {
  const t = MESSAGES[language];
  const from = breaks[index - 1];
  const to = breaks[index];
  const say = (value: number) => boundText(value, language);
  if (from === undefined) return to === undefined ? '' : t.below(say(to));
  return to === undefined ? t.above(say(from)) : t.between(say(from), say(to));
}

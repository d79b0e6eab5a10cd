/** Lengths and areas in the units that suit their size. */

import type { Language } from '../contract';
import { number } from '../format';
import { WORDS } from './words';

const said = (value: number, unit: string, language: Language, digits: number): string =>
  `${number(value, language, digits)}\u00a0${unit}`;

/** Three figures or more, and no more decimals than they need. */
const digitsOf = (value: number): number => (value < 10 ? 2 : value < 100 ? 1 : 0);

export function lengthText(metres: number, language: Language): string {
  const { m, km } = WORDS[language];
  return metres < 1000
    ? said(metres, m, language, 0)
    : said(metres / 1000, km, language, digitsOf(metres / 1000));
}

/** Square metres below a hectare; from a square kilometre on both it and the hectares. */
export function areaText(metres: number, language: Language): string {
  const { m2, ha, km2 } = WORDS[language];
  const hectares = metres / 10_000;
  if (hectares < 1) return said(metres, m2, language, 0);
  const inHectares = said(hectares, ha, language, digitsOf(hectares));
  if (hectares < 100) return inHectares;
  return `${said(hectares / 100, km2, language, digitsOf(hectares / 100))} (${inHectares})`;
}

/** Numbers, dates and plural forms as the reader's language writes them. */

import type { Language } from './contract';

const LOCALES: Record<Language, string> = { ru: 'ru-RU', en: 'en-GB' };

/** Forms in the order one, few, many (Russian) or one, other (English). */
export type Forms = readonly string[];

const FORM: Record<Language, Partial<Record<Intl.LDMLPluralRule, number>>> = {
  ru: { one: 0, few: 1, many: 2, other: 1 },
  en: { one: 0, other: 1 },
};

/** `plural(3, 'ru', ['житель', 'жителя', 'жителей'])` is `жителя`. */
export function plural(n: number, language: Language, forms: Forms): string {
  const rule = new Intl.PluralRules(LOCALES[language]).select(n);
  return forms[FORM[language][rule] ?? 0] ?? forms[0] ?? '';
}

/** At most `digits` decimals; a true minus sign, for a hyphen is lost before a figure. */
export function number(value: number, language: Language, digits = 2): string {
  const text = new Intl.NumberFormat(LOCALES[language], { maximumFractionDigits: digits }).format(value);
  return text.replace(/^-/, '−');
}

/** As many decimals as there are asked for: the figures of a column stand under each other. */
export function fixed(value: number, language: Language, digits: number): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(LOCALES[language], options).format(value).replace(/^-/, '−');
}

/** A number and its noun, held together on one line. */
export const count = (n: number, language: Language, forms: Forms): string =>
  `${number(n, language, 0)}\u00a0${plural(n, language, forms)}`;

/** `2002-12-22` as `22 декабря 2002 г.`; what is no date comes back as it is. */
export function date(iso: string, language: Language): string {
  const time = Date.parse(iso);
  if (!/^\d{4}-\d{2}-\d{2}/.test(iso) || Number.isNaN(time)) return iso;
  const options: Intl.DateTimeFormatOptions =
    iso.length > 10
      ? { dateStyle: 'long', timeStyle: 'short', timeZone: 'Asia/Barnaul' }
      : { dateStyle: 'long', timeZone: 'UTC' };
  return new Intl.DateTimeFormat(LOCALES[language], options).format(time);
}

/** With a full stop, where a text doesn't end with one of its own, as "чел." does. */
export const ended = (text: string): string => (text === '' || /[.!?…]$/.test(text) ? text : `${text}.`);

/** A station's standing in a sentence. */

import type { Language } from '../contract';
import { number } from '../format';
import type { About, Row } from './contract';
import { dayOf, moment } from './times';
import { WORDS } from './words';

type Unit = Pick<About, 'unit_title' | 'digits'>;

/** A value with its unit. */
export const valued = (value: number, { unit_title, digits }: Unit, language: Language): string =>
  unit_title ? `${number(value, language, digits)}\u00a0${unit_title}` : number(value, language, digits);

/** Of a day that began then, at the region's midnight. */
const dayName = (iso: string, language: Language): string =>
  new Intl.DateTimeFormat(language === 'ru' ? 'ru-RU' : 'en-GB', {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  }).format(Date.parse(dayOf(Date.parse(iso))));

/** What was held against the norm, and how many norms it is: "среднее за 22 нояб.: 31 мкг/м³ — 0,87 нормы". */
export function heldText(row: Row, unit: Unit, language: Language): string {
  if (row.compared === null || row.multiple === null) return '';
  const t = WORDS[language];
  const of = row.averaging === 'daily_mean' && row.begin ? t.dayMean(dayName(row.begin, language)) : t.latest;
  const digits = { ...unit, digits: unit.digits + 1 };
  return `${of}: ${valued(row.compared, digits, language)} — ${t.multiple(number(row.multiple, language, 2))}`;
}

/** The value that a sign is labelled with: what decides on the sign, which may be the mean of a day. */
export const labelText = (row: Row, unit: Unit, language: Language): string =>
  row.averaging === 'daily_mean' && row.compared !== null
    ? `${valued(row.compared, unit, language)} ${WORDS[language].ofDay}`
    : valued(row.value, unit, language);

/** "Барнаул, пост 1: выше нормы; 31 мкг/м³, 23 нояб., 13:00; среднее за 22 нояб.: 38 мкг/м³ — 1,1 нормы
 * (синтетический ряд)". */
export function standingText(row: Row, unit: Unit, language: Language): string {
  const made = row.synthetic ? ` (${WORDS[language].synthetic})` : '';
  const value = `${valued(row.value, unit, language)}, ${moment(row.time, language)}`;
  const told = [row.status_title, value, heldText(row, unit, language)].filter(Boolean);
  return `${row.name}: ${told.join('; ')}${made}`;
}

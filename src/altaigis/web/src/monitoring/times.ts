/** Times of buckets in words, and the stretch that is gone through in steps. All by the region's clock. */

import type { Language } from '../contract';
import type { Step } from './choice';

const ZONE = 'Asia/Barnaul';
const LOCALES: Record<Language, string> = { ru: 'ru-RU', en: 'en-GB' };
const DAY = 86_400_000;
/** How far back one goes in steps of a width, in days; months go back to the first value. */
const BACK: Record<Step, number> = { hour: 7, day: 365, month: 40_000 };

const FORMS: Record<Step, Intl.DateTimeFormatOptions> = {
  hour: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'long', year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
};

/** What people call the bucket that begins then. */
export const bucketName = (iso: string, step: Step, language: Language): string =>
  new Intl.DateTimeFormat(LOCALES[language], { ...FORMS[step], timeZone: ZONE }).format(Date.parse(iso));

/** A moment, with its year only where it is not this one. */
export function moment(iso: string, language: Language, now = Date.now()): string {
  const year = (time: number): string =>
    new Intl.DateTimeFormat('en', { year: 'numeric', timeZone: ZONE }).format(time);
  const time = Date.parse(iso);
  return new Intl.DateTimeFormat(LOCALES[language], {
    ...FORMS.hour,
    ...(year(time) !== year(now) && { year: 'numeric' }),
    timeZone: ZONE,
  }).format(time);
}

/** A day, as `2026-11-22`. */
export const dayOf = (time: number): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short' }).format(time);

/** The stretch of a step that ends with the newest value, as the server is asked for it. */
export function stretch(first: string, last: string, step: Step): string {
  const end = Date.parse(last) + 1000;
  const begin = Math.max(Date.parse(first), end - BACK[step] * DAY);
  const at = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
  return `${at(begin)}/${at(end)}`;
}

/** Steps that say something of values so many seconds apart. */
export const offered = (seconds: number | null): Step[] =>
  (['hour', 'day', 'month'] as const).filter(
    (step) => step === 'month' || (seconds ?? 0) <= (step === 'hour' ? 3 * 3600 : DAY / 1000),
  );

/** Days whose surface is drawn: the last one that is over, or for rarer values the last such month. */
export function surfaceTime(last: string, seconds: number | null, at?: { time: string; step: Step }): string {
  if (at && at.step !== 'hour') return dayOf(Date.parse(at.time)).slice(0, at.step === 'month' ? 7 : 10);
  if (at) return dayOf(Date.parse(at.time));
  const day = dayOf(Date.parse(last) - DAY);
  return (seconds ?? 0) > DAY / 1000 ? day.slice(0, 7) : day;
}

/** The bucket that is a day or a month: `2026-11-22`, `2026-11`; of anything else none. */
export function momentOf(text: string): { step: Step; at: string } | null {
  const begin = /^\d{4}-\d{2}$/.test(text) ? `${text}-01` : text;
  const time = /^\d{4}-\d{2}-\d{2}$/.test(begin) ? Date.parse(`${begin}T00:00:00+07:00`) : Number.NaN;
  if (Number.isNaN(time)) return null;
  const at = `${new Date(time).toISOString().slice(0, 16)}Z`;
  return { step: begin === text ? 'day' : 'month', at };
}

/** What a chart shows of values that a limit decides on: the means of days, where the limit is one of days. */
export const bucketOf = (limit: string | null): { bucket?: 'day' } =>
  limit?.endsWith('daily_mean') ? { bucket: 'day' } : {};

/** From the begin of an alert or episode to its end, with something before and after: what its chart shows. */
export function around(begin: string, end: string | null): { from: string; to: string } {
  const [first, last] = [Date.parse(begin), end ? Date.parse(end) : Date.now()];
  const margin = Math.max((last - first) * 0.5, 2 * DAY);
  const at = (time: number): string => `${new Date(time).toISOString().slice(0, 16)}Z`;
  return { from: at(first - margin), to: at(Math.min(last + margin, Date.now())) };
}

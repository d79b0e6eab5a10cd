/** The stretch of time that is shown, and the buckets that fit it. Times are milliseconds since 1970. */

import type { Bucket, Offered } from './contract';

export interface Window {
  begin: number;
  end: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY;
/** By period as the page offers it; none is all that there is. */
export const PERIODS: Record<string, number> = {
  '1d': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
  '1y': YEAR,
  '5y': 5 * YEAR,
};
/** A chart has no use for more points than it has pixels, more or less. */
const MOST_POINTS = 1500;
const WIDTHS: [Bucket, number][] = [
  ['hour', HOUR],
  ['day', DAY],
  ['week', 7 * DAY],
  ['month', 30 * DAY],
  ['year', YEAR],
];

/** Where a series ends: a window has not the moment that it ends with, and addresses tell whole seconds. */
export const endOf = (series: Offered): number => Math.floor(series.last / 1000) * 1000 + 1000;

/** Whether a series has begun before a window ends, and goes on into it. */
export const meets = (series: Offered, { begin, end }: Window): boolean =>
  series.first < end && series.last >= begin;

/** The last stretch of a series that is as long as the period; nobody measures beyond the last value. */
export function lastOf(series: Offered, period: string): Window {
  const end = endOf(series);
  const length = PERIODS[period];
  return { begin: length ? Math.max(end - length, series.first) : series.first, end };
}

/** The shortest buckets that give no more points than can be told apart; the values themselves if they are few. */
export function bucketFor(window: Window, step: number | null): Bucket {
  const length = window.end - window.begin;
  if (step && length / step <= MOST_POINTS) return 'raw';
  const fit = WIDTHS.find(([, width]) => width > (step ?? 0) && length / width <= MOST_POINTS);
  return fit ? fit[0] : 'year';
}

/** Narrower or wider by a factor about a moment, within what there is. */
export function zoomed(window: Window, factor: number, about: number, whole: Window): Window {
  const begin = about - (about - window.begin) * factor;
  return within({ begin, end: begin + (window.end - window.begin) * factor }, whole);
}

/** Moved by a share of its length, within what there is. */
export function moved(window: Window, share: number, whole: Window): Window {
  const by = (window.end - window.begin) * share;
  return within({ begin: window.begin + by, end: window.end + by }, whole);
}

function within(window: Window, whole: Window): Window {
  const length = Math.min(Math.max(window.end - window.begin, 2 * HOUR), whole.end - whole.begin);
  const begin = Math.min(Math.max(window.begin, whole.begin), whole.end - length);
  return { begin, end: begin + length };
}

/** Which averaging of a norm values of such buckets are held against; of a day's sample, that of the day. */
export function averagings(bucket: Bucket, step: number | null = null): RegExp {
  if (bucket === 'day' || (bucket === 'raw' && (step ?? 0) >= DAY)) return /^(daily|24h|minimum|$)/;
  if (bucket === 'raw' || bucket === 'hour') return /^(max_single|minimum|$)/;
  if (bucket === 'month' || bucket === 'year') return /^(annual|minimum|$)/;
  return /^(minimum|$)/;
}

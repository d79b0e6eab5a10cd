/** What the chart asks the server for: a series, the norms of its substance, the normals of its station. */

import type { Language } from '../contract';
import type { Bucket, Norm, Offered, Page, Points } from './contract';
import { averagings, type Window } from './window';

/** Twelve values of a year, for a line and, where there are some, the edges of a band. */
export interface Normals {
  mean: number[];
  low: number[] | null;
  high: number[] | null;
}

/** More points than are ever drawn, but for who asks for all values of a long time. */
const MOST_POINTS = 60_000;

/** The address of a stretch of a series, in a format. */
export function seriesAddress(
  page: Page,
  series: Offered,
  window: Window,
  bucket: Bucket,
  format: string,
): string {
  const at = (moment: number): string => new Date(moment).toISOString().slice(0, 19).concat('Z');
  const query = new URLSearchParams({
    parameter: series.parameter,
    datetime: `${at(window.begin)}/${at(window.end)}`,
    bucket,
    ...(bucket === 'raw' ? {} : { statistics: statistics(series) }),
    ...(format === 'json' ? { limit: String(MOST_POINTS) } : {}),
    synthetic: String(series.synthetic),
    f: format,
  });
  return `${page.root}stations/${encodeURIComponent(page.station)}/series?${query}`;
}

const statistics = (series: Offered): string =>
  series.totals === 'sum' ? 'sum,count' : series.totals === 'direction' ? 'mean,count' : 'mean,min,max,count';

/** The values of a stretch, with a gap wherever more than one is missing. */
export async function readSeries(
  page: Page,
  series: Offered,
  window: Window,
  bucket: Bucket,
  signal: AbortSignal,
): Promise<Points> {
  const told = await json(seriesAddress(page, series, window, bucket, 'json'), signal);
  return withGaps(points(told, series), bucket === 'raw' ? series.step : null);
}

type Row = Record<string, unknown>;
type Numbers = (number | null)[];

/** The columns of an answer as points; what is flagged bad is left out. */
export function points(told: Row, series: Offered): Points {
  const columns = (told.values ?? {}) as Record<string, unknown[]>;
  const flags = columns.flag;
  const shown = <T>(column: T[] = []): T[] => column.filter((_, at) => flags?.[at] !== 'bad');
  const main = columns.value ?? (series.totals === 'sum' ? columns.sum : columns.mean);
  return {
    time: shown(columns.time).map((time) => Date.parse(String(time)) / 1000),
    value: shown(main as Numbers),
    low: shown(columns.min as Numbers),
    high: shown(columns.max as Numbers),
    count: shown(columns.count as Numbers),
  };
}

/** Between two values that are further apart than usual, nothing. */
export function withGaps(points: Points, step: number | null): Points {
  if (!step) return points;
  const made: Points = { time: [], value: [], low: [], high: [], count: [] };
  points.time.forEach((time, at) => {
    const before = points.time[at - 1];
    if (before !== undefined && time - before > (2.5 * step) / 1000) {
      made.time.push(before + step / 1000);
      for (const name of ['value', 'low', 'high', 'count'] as const) made[name].push(null);
    }
    made.time.push(time);
    for (const name of ['value', 'low', 'high', 'count'] as const) made[name].push(points[name][at] ?? null);
  });
  return made;
}

/** How many of a unit are one of another; limits are told in few units. */
const FACTORS: Record<string, Record<string, number>> = {
  'mg/m³': { 'mg/m³': 1, 'µg/m³': 1000, 'ng/m³': 1_000_000 },
  'µg/m³': { 'mg/m³': 0.001, 'µg/m³': 1, 'ng/m³': 1000 },
  'mg/l': { 'mg/l': 1 },
  'mgO₂/l': { 'mg/l': 1 },
};

/** A limit as the server tells it. */
interface Limit {
  limit: string;
  norm: string;
  norm_title: string;
  averaging: string;
  averaging_title: string;
  bound: string;
  value: number;
  unit: string;
  valid_from: string | null;
  valid_until: string | null;
  source: string;
  rivals: { limit: string }[];
}

/** The norms that values of such buckets are held against; of sources that contradict each other all. */
export async function readNorms(
  page: Page,
  series: Offered,
  bucket: Bucket,
  signal: AbortSignal,
): Promise<Norm[]> {
  if (!series.substance) return [];
  const address = `${page.root}norms/${encodeURIComponent(series.substance)}?f=json&lang=${page.language}`;
  const told = await orNothing(json(address, signal), signal);
  return normsOf((told.limits ?? []) as Limit[], series, bucket, page.language);
}

/** Limits for such buckets in the unit of the series; what a second source only repeats is left out. */
export function normsOf(
  limits: readonly Limit[],
  series: Offered,
  bucket: Bucket,
  language: Language,
): Norm[] {
  const wanted = averagings(bucket, series.step);
  const found = new Map<string, Norm>();
  for (const limit of limits) {
    const factor = FACTORS[limit.unit]?.[series.code];
    if (factor === undefined || limit.norm.includes('interim') || !wanted.test(limit.averaging)) continue;
    const value = Number((limit.value * factor).toPrecision(12));
    const title = [NAMES[limit.norm]?.[language] ?? limit.norm_title, limit.averaging_title];
    const key = [limit.norm, limit.averaging, value, limit.valid_from, limit.valid_until].join();
    if (found.has(key)) continue;
    found.set(key, {
      id: limit.limit,
      title: title.filter(Boolean).join(', '),
      value,
      minimum: limit.bound === 'minimum',
      from: midnight(limit.valid_from),
      until: midnight(limit.valid_until),
      source: limit.source,
      disputed: limit.rivals.length > 0,
    });
  }
  return [...found.values()];
}

/** When a day begins in the region; its clock has been seven hours ahead as long as there are such norms. */
const midnight = (day: string | null): number | null => (day ? Date.parse(`${day}T00:00:00+07:00`) : null);

/** Names of norms, short enough for a line of a chart. */
const NAMES: Record<string, { ru: string; en: string }> = {
  pdk_air: { ru: 'ПДК', en: 'Russian limit' },
  who2021: { ru: 'ВОЗ 2021', en: 'WHO 2021' },
  pdk_fishery: { ru: 'ПДК рыбохоз.', en: 'fishery limit' },
  pdk_household: { ru: 'ПДК хоз.-быт.', en: 'household limit' },
};

/** Of several sources of one normal, the later ones stand. */
const SOURCES = ['worldclim_1_4', 'cru_cl_2', 'sp131'];

/** The normals of the station, where it has twelve. */
export async function readNormals(page: Page, series: Offered, signal: AbortSignal): Promise<Normals | null> {
  if (!series.normal) return null;
  const rows = await features(page, 'climate_normals', { station_id: page.station }, signal);
  const twelve = (parameter: string): number[] | null => {
    const found = new Map<number, number>();
    const own = rows.filter((row) => row.parameter === parameter && row.month);
    own.sort((a, b) => SOURCES.indexOf(String(a.source)) - SOURCES.indexOf(String(b.source)));
    for (const row of own) found.set(Number(row.month), Number(row.value));
    return found.size === 12 ? Array.from({ length: 12 }, (_, month) => found.get(month + 1) ?? 0) : null;
  };
  const mean = twelve(series.normal);
  const edge = (name: string): number[] | null =>
    twelve(series.normal?.replace(/_mean$/, `_${name}_mean`) ?? '');
  return mean && { mean, low: edge('min'), high: edge('max') };
}

async function features(
  page: Page,
  layer: string,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<Row[]> {
  const asked = new URLSearchParams({ ...query, limit: '1000', f: 'json' });
  const told = await orNothing(json(`${page.root}collections/${layer}/items?${asked}`, signal), signal);
  return ((told as { features?: { properties: Row }[] }).features ?? []).map((feature) => feature.properties);
}

/** An installation may have no norms or normals: the chart does without. */
const orNothing = (told: Promise<Row>, signal: AbortSignal): Promise<Row> =>
  told.catch((error: unknown) => {
    if (signal.aborted) throw error;
    return {};
  });

async function json(address: string, signal: AbortSignal): Promise<Row> {
  const answer = await fetch(address, { signal, headers: { Accept: 'application/json' } });
  const told = (await answer.json().catch(() => ({}))) as Row;
  if (!answer.ok) throw new Error(String(told.description ?? answer.statusText));
  return told;
}

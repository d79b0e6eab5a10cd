/** What the chart asks the server for: a series, the norms of its substance, the normals of its station. */

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

/** The norms that values of such buckets are held against. */
export async function readNorms(
  page: Page,
  series: Offered,
  bucket: Bucket,
  signal: AbortSignal,
): Promise<Norm[]> {
  if (!series.substance) return [];
  const filter = `limit_id LIKE '%.${series.substance}.%' OR limit_id LIKE '%.${series.substance}'`;
  const wanted = averagings(bucket);
  return (await features(page, 'limits', { filter }, signal))
    .filter((row) => !String(row.norm).includes('interim') && wanted.test(String(row.averaging ?? '')))
    .flatMap((row) => {
      const factor = FACTORS[String(row.unit)]?.[series.code];
      if (factor === undefined) return [];
      const title = [
        NAMES[String(row.norm)]?.[page.language] ?? row[`norm_${page.language}`],
        row[`averaging_${page.language}`],
      ];
      const minimum = row.bound === 'minimum';
      return [
        {
          id: String(row.limit_id),
          title: title.filter(Boolean).join(', '),
          value: Number(row.value) * factor,
          minimum,
        },
      ];
    });
}

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
  const told = await json(`${page.root}collections/${layer}/items?${asked}`, signal).catch(
    (error: unknown) => {
      if (signal.aborted) throw error;
      return {}; // an installation may have no such layer: the chart does without
    },
  );
  return ((told as { features?: { properties: Row }[] }).features ?? []).map((feature) => feature.properties);
}

async function json(address: string, signal: AbortSignal): Promise<Row> {
  const answer = await fetch(address, { signal, headers: { Accept: 'application/json' } });
  const told = (await answer.json().catch(() => ({}))) as Row;
  if (!answer.ok) throw new Error(String(told.description ?? answer.statusText));
  return told;
}

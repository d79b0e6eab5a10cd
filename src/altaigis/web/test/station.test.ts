import { describe, expect, it } from 'vitest';
import { inForce, reached, yearly } from '../src/station/chart';
import { chosenOf, keyOf, type Norm, type Offered, type Points } from '../src/station/contract';
import { normsOf, points as read, withGaps } from '../src/station/read';
import { averagings, bucketFor, lastOf, meets, moved, zoomed } from '../src/station/window';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const points = (time: number[], value: number[]): Points => ({ time, value, low: [], high: [], count: [] });
const series = { first: 0, last: 1000 * DAY } as Offered;

describe('the window', () => {
  it('ends with the last value, and begins no earlier than the first', () => {
    expect(lastOf(series, '7d').begin).toBe(series.last + 1000 - 7 * DAY);
    expect(lastOf(series, '5y')).toEqual({ begin: 0, end: series.last + 1000 });
    expect(lastOf(series, 'all').begin).toBe(0);
  });

  it('is kept for another series that has values then', () => {
    expect(meets(series, { begin: 999 * DAY, end: 1100 * DAY })).toBe(true);
    expect(meets(series, { begin: 1001 * DAY, end: 1100 * DAY })).toBe(false);
    expect(meets({ ...series, first: DAY }, { begin: 0, end: DAY })).toBe(false);
  });

  it('has as many buckets as can be told apart', () => {
    expect(bucketFor({ begin: 0, end: 7 * DAY }, HOUR)).toBe('raw');
    expect(bucketFor({ begin: 0, end: 30 * DAY }, HOUR / 3)).toBe('hour');
    expect(bucketFor({ begin: 0, end: 700 * DAY }, HOUR)).toBe('day');
    expect(bucketFor({ begin: 0, end: 11_000 * DAY }, DAY)).toBe('month');
  });

  it('stays within the series', () => {
    const whole = { begin: 0, end: 100 * DAY };
    expect(zoomed({ begin: 40 * DAY, end: 60 * DAY }, 0.5, 50 * DAY, whole)).toEqual({
      begin: 45 * DAY,
      end: 55 * DAY,
    });
    expect(zoomed(whole, 2, 50 * DAY, whole)).toEqual(whole);
    expect(moved({ begin: 90 * DAY, end: 100 * DAY }, 0.5, whole)).toEqual({
      begin: 90 * DAY,
      end: 100 * DAY,
    });
  });
});

describe('the series of a station', () => {
  const made = { parameter: 'rain', synthetic: true, last: 1000 * DAY, step: DAY } as Offered;
  const measured = { ...made, synthetic: false };
  const wind = { ...made, parameter: 'wind' };

  it('are named by their parameter, and told apart where there are two', () => {
    const all = [made, measured, wind];
    expect(all.map((one) => keyOf(one, all))).toEqual(['rain_synthetic', 'rain_measured', 'wind']);
    for (const one of all) expect(chosenOf(keyOf(one, all), all)).toBe(one);
    expect(chosenOf('snow', all)).toBeUndefined();
  });

  it('are the measured ones, unless these have long been silent', () => {
    expect(chosenOf('rain', [made, measured])).toBe(measured);
    const old = { ...measured, last: 968 * DAY };
    expect(chosenOf('rain', [made, old])).toBe(made);
    const rare = { ...old, step: 30 * DAY };
    expect(chosenOf('rain', [made, rare])).toBe(rare);
  });
});

const NORM: Norm = {
  id: '',
  title: '',
  value: 1,
  minimum: false,
  from: null,
  until: null,
  source: '',
  disputed: false,
};

describe('norms', () => {
  const limit = {
    limit: 'pdk_air.pm2_5.daily_mean',
    norm: 'pdk_air',
    norm_title: '',
    averaging: 'daily_mean',
    averaging_title: 'daily',
    bound: 'maximum',
    value: 0.035,
    unit: 'mg/m³',
    valid_from: '2021-03-01',
    valid_until: null,
    source: 'one',
    rivals: [],
  };
  const pm = { ...series, code: 'µg/m³', substance: 'pm2_5' };

  it('of rival sources are all told, and what only repeats another is not', () => {
    const rival = { ...limit, limit: '2', value: 0.05, source: 'two', rivals: [{ limit: limit.limit }] };
    const found = normsOf([limit, { ...limit, limit: '3' }, rival], pm, 'day', 'en');
    expect(found.map(({ value, disputed, source }) => [value, disputed, source])).toEqual([
      [35, false, 'one'],
      [50, true, 'two'],
    ]);
    expect(normsOf([limit], pm, 'year', 'en')).toEqual([]);
  });

  it('are drawn over the time in which they are in force', () => {
    const [norm = NORM] = normsOf([limit], pm, 'day', 'en');
    expect(norm.from).toBe(Date.parse('2021-02-28T17:00:00Z'));
    expect(inForce(norm, { begin: 0, end: norm.from ?? 0 })).toBe(false);
    expect(inForce(norm, { begin: 0, end: (norm.from ?? 0) + 1 })).toBe(true);
    expect(inForce({ ...norm, until: 10 }, { begin: 10, end: 20 })).toBe(false);
  });

  it('are those of the averaging that is shown', () => {
    const all = ['max_single_20min', 'daily_mean', 'annual_mean', '24h_99th_percentile', 'minimum', ''];
    expect(all.filter((each) => averagings('hour').test(each))).toEqual(['max_single_20min', 'minimum', '']);
    // a sample of a day is held against the norm of a day
    expect(averagings('raw', DAY)).toEqual(averagings('day'));
    expect(all.filter((each) => averagings('day').test(each))).toEqual([
      'daily_mean',
      '24h_99th_percentile',
      'minimum',
      '',
    ]);
    expect(all.filter((each) => averagings('year').test(each))).toEqual(['annual_mean', 'minimum', '']);
  });

  it('that lie far above the values are told and not drawn', () => {
    const norm = (value: number) => ({ ...NORM, value });
    const { drawn, beyond } = reached([norm(15), norm(300)], points([0, 1], [10, 20]));
    expect([drawn.length, beyond.length]).toEqual([1, 1]);
  });
});

describe('values', () => {
  it('are read by columns, without those that are bad', () => {
    const raw = {
      time: ['1970-01-01T00:00:00Z', '1970-01-01T01:00:00Z'],
      value: [1, 2],
      flag: ['bad', 'good'],
    };
    expect(read({ values: raw }, series)).toEqual(points([3600], [2]));
    const days = { time: ['1970-01-01T00:00:00Z'], sum: [4], count: [9] };
    expect(read({ values: days }, { ...series, totals: 'sum' })).toMatchObject({ value: [4], count: [9] });
  });

  it('have a gap where one is missing', () => {
    const made = withGaps(points([0, 60, 240], [1, 2, 3]), 60_000);
    expect(made.value).toEqual([1, 2, null, 3]);
    expect(made.time).toEqual([0, 60, 120, 240]);
  });

  it('of a month are the normal at its middle', () => {
    const monthly = Array.from({ length: 12 }, (_, month) => month);
    const at = (text: string): number => Date.parse(text) / 1000;
    const made = yearly(monthly, [at('2025-04-16T00:00Z'), at('2025-05-01T00:00Z'), at('2025-01-01T00:00Z')]);
    expect(made[0]).toBeCloseTo(3, 1);
    expect(made[1]).toBeCloseTo(3.5, 1);
    expect(made[2]).toBeCloseTo(5.5, 1);
  });
});

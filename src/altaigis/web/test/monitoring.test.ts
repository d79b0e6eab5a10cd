import { describe, expect, it } from 'vitest';
import {
  formatListed,
  formatSeen,
  formatWatch,
  parseListed,
  parseSeen,
  parseWatch,
} from '../src/monitoring/choice';
import type { Row } from '../src/monitoring/contract';
import { STATUSES } from '../src/monitoring/contract';
import { heldText, labelText, standingText } from '../src/monitoring/sentence';
import { classesOf, nice, SIGNS, valueMark } from '../src/monitoring/signs';
import {
  around,
  bucketName,
  bucketOf,
  moment,
  momentOf,
  offered,
  stretch,
  surfaceTime,
} from '../src/monitoring/times';
import { formatState, parseState } from '../src/state';

describe('a link', () => {
  it('names a parameter, now or at a time', () => {
    for (const text of ['pm2_5', 'pm2_5/day', 'pm2_5/hour/2026-11-20T17:00Z']) {
      const watch = parseWatch(text);
      expect(watch && formatWatch(watch)).toBe(text);
    }
    for (const text of ['', 'PM', 'pm2_5/week', 'pm2_5/day/soon', 'pm2_5/day/2026-11-20T17:00Z/x', 'a b'])
      expect(parseWatch(text)).toBeUndefined();
  });

  it('names a station with what its chart shows', () => {
    const text =
      'WMO-29838/parameter:pm2_5/period:30d/bucket:day/from:2026-11-20T17:00Z/to:2026-11-22T17:00Z';
    const seen = parseSeen(text);
    expect(seen?.chosen).toEqual({
      parameter: 'pm2_5',
      period: '30d',
      bucket: 'day',
      from: '2026-11-20T17:00Z',
      to: '2026-11-22T17:00Z',
    });
    expect(seen && formatSeen(seen)).toBe(text);
    expect(parseSeen('пост 1')).toEqual({ station: 'пост 1', chosen: {} });
    for (const broken of ['', '/parameter:pm2_5', 'A/parameter:<b>', 'A/onclick:x', 'A/constructor:x'])
      expect(parseSeen(broken)).toBeUndefined();
  });

  it('names the alerts that are listed', () => {
    for (const text of ['open', 'all/pm2_5']) {
      const listed = parseListed(text);
      expect(listed && formatListed(listed)).toBe(text);
    }
    expect(parseListed('closed')).toBeUndefined();
  });

  it('holds all of it', () => {
    const state = {
      watch: { parameter: 'pm2_5', step: 'day' as const, at: '2026-11-20T17:00Z' },
      station: { station: 'пост 1', chosen: { parameter: 'pm2_5' } },
      alerts: { state: 'all' as const },
    };
    expect(parseState(formatState(state))).toEqual(state);
  });
});

describe('signs', () => {
  it('of statuses differ without their colours', () => {
    const shapes = STATUSES.map((status) => {
      const { shape, fill, radius } = SIGNS[status];
      return `${shape} ${fill === '#ffffff' ? 'hollow' : 'full'} ${radius > 5}`;
    });
    expect(new Set(shapes).size).toBe(STATUSES.length);
  });

  it('of values have classes around zero, or of as many values each', () => {
    expect(classesOf([-31, 4, 28], 1).breaks).toEqual([-20, -10, 0, 10, 20]);
    const { breaks, colours } = classesOf(
      Array.from({ length: 101 }, (_, at) => at),
      0,
    );
    expect(breaks).toEqual([20, 40, 60, 80]);
    expect(colours).toHaveLength(5);
    expect(classesOf([3, 3, 3], 0)).toEqual({ breaks: [], colours: ['#ffffcc'] });
    expect(classesOf([], 0).breaks).toEqual([]);
  });

  it('are hollow where there is no value', () => {
    const classes = classesOf([0, 1, 2, 3, 4, 5], 0);
    expect(valueMark(null, classes).fill).toBeNull();
    expect(valueMark(5, classes).fill).toBe(classes.colours.at(-1));
  });

  it('have round bounds', () => {
    expect([0.13, 3.4, 10.3, 26, 80].map(nice)).toEqual([0.1, 2, 10, 20, 100]);
  });
});

describe('times', () => {
  it('are those of the region', () => {
    expect(bucketName('2026-11-20T17:00:00Z', 'day', 'en')).toBe('21 November 2026');
    expect(bucketName('2026-10-31T17:00:00Z', 'month', 'ru')).toBe('ноябрь 2026 г.');
    const now = Date.parse('2026-11-23T06:00:00Z');
    expect(moment('2026-11-23T06:00:00Z', 'en', now)).toBe('23 Nov, 13:00');
    expect(moment('2025-11-23T06:00:00Z', 'en', now)).toBe('23 Nov 2025, 13:00');
  });

  it('are gone through no further than the first value', () => {
    const last = '2026-11-23T06:00:00Z';
    expect(stretch('2020-01-01T00:00:00Z', last, 'hour')).toBe('2026-11-16T06:00:01Z/2026-11-23T06:00:01Z');
    expect(stretch('2026-11-22T00:00:00Z', last, 'month')).toBe('2026-11-22T00:00:00Z/2026-11-23T06:00:01Z');
  });

  it('have steps that fit the values', () => {
    expect(offered(1200)).toEqual(['hour', 'day', 'month']);
    expect(offered(86_400)).toEqual(['day', 'month']);
    expect(offered(31 * 86_400)).toEqual(['month']);
  });

  it('of a surface are whole days that are over', () => {
    expect(surfaceTime('2026-11-23T06:00:00Z', 3600)).toBe('2026-11-22');
    expect(surfaceTime('2026-11-21T05:00:00Z', 31 * 86_400)).toBe('2026-11');
    const at = { time: '2026-01-31T17:00:00Z', step: 'day' as const };
    expect(surfaceTime('2026-11-23T06:00:00Z', 3600, at)).toBe('2026-02-01');
    expect(surfaceTime('2026-11-23T06:00:00Z', 3600, { ...at, step: 'month' })).toBe('2026-02');
  });

  it('of a surface are those of the map, too', () => {
    expect(momentOf('2026-11-22')).toEqual({ step: 'day', at: '2026-11-21T17:00Z' });
    expect(momentOf('2026-11')).toEqual({ step: 'month', at: '2026-10-31T17:00Z' });
    expect([momentOf('2026'), momentOf('2026-13'), momentOf('2026-11-01/2026-11-05')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('are shown as the limit takes them', () => {
    expect(bucketOf('pdk_air.pm2_5.daily_mean')).toEqual({ bucket: 'day' });
    expect(bucketOf('pdk_air.pm2_5.max_single_20min')).toEqual({});
    expect(bucketOf(null)).toEqual({});
  });

  it('end now where what they are around goes on', () => {
    const begin = new Date(Date.now() - 86_400_000).toISOString();
    expect(Date.parse(around(begin, null).to)).toBeLessThanOrEqual(Date.now());
  });

  it('around an episode have something before and after', () => {
    expect(around('2026-11-10T00:00:00Z', '2026-11-11T00:00:00Z')).toEqual({
      from: '2026-11-08T00:00Z',
      to: '2026-11-13T00:00Z',
    });
  });
});

describe('a standing', () => {
  const row: Row = {
    station: 's',
    name: 'Post',
    medium: 'air',
    longitude: null,
    latitude: null,
    parameter: 'pm2_5',
    value: 6,
    unit: 'µg/m³',
    time: '2020-11-23T06:00:00Z',
    synthetic: true,
    status: 'near',
    status_title: 'near the norm',
    limit: 'l',
    averaging: 'daily_mean',
    compared: 30.4167,
    begin: '2020-11-21T17:00:00Z',
    bound: 35,
    multiple: 0.869,
  };
  const unit = { unit_title: 'µg/m³', digits: 0 };

  it('says what it is, and that it is made up', () => {
    expect(standingText(row, unit, 'en')).toBe(
      'Post: near the norm; 6\u00a0µg/m³, 23 Nov 2020, 13:00; mean of 22 Nov: 30.4\u00a0µg/m³ — 0.87 times the norm (synthetic series)',
    );
  });

  it('is labelled with the value that decides on its sign', () => {
    expect(labelText(row, unit, 'en')).toBe('30\u00a0µg/m³ a day');
    expect(labelText({ ...row, averaging: 'max_single_20min' }, unit, 'en')).toBe('6\u00a0µg/m³');
    expect(labelText({ ...row, compared: null }, unit, 'en')).toBe('6\u00a0µg/m³');
  });

  it('says what was held against the norm', () => {
    expect(heldText(row, unit, 'en')).toBe('mean of 22 Nov: 30.4\u00a0µg/m³ — 0.87 times the norm');
    expect(heldText({ ...row, multiple: null }, unit, 'en')).toBe('');
  });
});

import { describe, expect, it } from 'vitest';
import type { Feature } from '../src/contract';
import { formatYears, parseYears, toggledYear } from '../src/years/choice';
import { picture } from '../src/years/shapes';

describe('the years in a link', () => {
  it.each(['all', '2020', '2018,2020'])('reads back %s', (text) =>
    expect(formatYears(parseYears(text) ?? [])).toBe(text),
  );

  it.each(['', '20', 'all,2020', '2020,'])('refuses %j', (text) => expect(parseYears(text)).toBeUndefined());

  it('has each once and in order, and never none', () => {
    expect(parseYears('2020,2018,2020')).toEqual([2018, 2020]);
    expect(toggledYear([2018, 2020], 2019)).toEqual([2018, 2019, 2020]);
    expect(toggledYear([2018, 2020], 2020)).toEqual([2018]);
    expect(toggledYear([2018], 2018)).toEqual([2018]);
  });
});

describe('the units as a picture', () => {
  const unit = (id: string, west: number): Feature => ({
    type: 'Feature',
    id,
    properties: {},
    geometry: {
      type: 'MultiPolygon',
      coordinates: [
        [
          [
            [west, 52],
            [west + 1, 52],
            [west + 1.000001, 52.000001],
            [west + 1, 53],
            [west, 53],
            [west, 52],
          ],
        ],
      ],
    },
  });
  const { outlines, width, height } = picture([unit('a', 80), unit('b', 81)], 200);
  const points = (id: string) => outlines.find((each) => each.id === id)?.rings.flat() ?? [];

  it('fills the width, and is as high as Mercator has it', () => {
    const xs = outlines.flatMap(({ rings }) => rings.flat().map(([x]) => x));
    expect([Math.min(...xs), Math.max(...xs)]).toEqual([2, 198]);
    expect(width).toBe(200);
    // Two degrees by one at 52.5° north: 1 / cos 52.5° as high as half as wide.
    expect(height).toBeCloseTo(4 + 98 / Math.cos((52.5 * Math.PI) / 180), -1);
  });

  it('keeps one border between neighbours, and drops what is too fine to see', () => {
    expect(points('a')).toHaveLength(5);
    const border = Math.max(...points('a').map(([x]) => x));
    expect(Math.min(...points('b').map(([x]) => x))).toBe(border);
  });

  it('has nothing of no units', () => expect(picture([], 200).outlines).toEqual([]));
});

import type { Position } from 'geojson';
import { describe, expect, it } from 'vitest';
import type { Feature } from '../src/contract';
import { isIn } from '../src/polygon';
import { within } from '../src/territory/within';

const square = (west: number, south: number, side = 2): Position[] => [
  [west, south],
  [west + side, south],
  [west + side, south + side],
  [west, south + side],
  [west, south],
];

const unit = (id: string, ...rings: Position[][]): Feature => ({
  type: 'Feature',
  id,
  properties: {},
  geometry: { type: 'Polygon', coordinates: rings },
});

const middle = ({ geometry }: Feature): Position | null => {
  if (geometry?.type !== 'Polygon') return null;
  const [[x = 0, y = 0] = []] = geometry.coordinates[0] ?? [];
  return [x + 1, y + 1];
};

const units = [
  unit('west', square(0, 0)),
  unit('east', square(2, 0)),
  unit('around', square(-10, -10, 30), square(-9, -9, 28)),
  { ...unit('nowhere'), geometry: null },
];

describe('a point in a polygon', () => {
  it('is not in its hole', () => {
    const rings = [square(0, 0, 10), square(2, 2, 4)];
    expect(isIn(rings, [1, 1])).toBe(true);
    expect(isIn(rings, [3, 3])).toBe(false);
    expect(isIn(rings, [11, 1])).toBe(false);
  });
});

describe('units in a shape that was drawn', () => {
  it.each([
    ['has both in it', square(-1, -1, 6), ['west', 'east'], ['west', 'east']],
    ['covers the middle of one', square(0.5, 0.5, 1), ['west'], ['west']],
    ['meets the middle of none', square(1.8, 0.1, 0.4), [], ['west', 'east']],
    [
      'crosses without a corner in it',
      [
        [-1, 1.4],
        [5, 1.4],
        [5, 1.6],
        [-1, 1.6],
      ],
      [],
      ['west', 'east'],
    ],
    ['lies in the hole of one', square(10, 10, 1), [], []],
  ] as [string, Position[], string[], string[]][])('one that %s', (_, shape, centre, touching) => {
    expect(within(shape, units, 'centre', middle)).toEqual(centre);
    expect(within(shape, units, 'touching', middle)).toEqual(touching);
  });
});

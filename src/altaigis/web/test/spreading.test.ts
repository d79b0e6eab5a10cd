import { describe, expect, it } from 'vitest';
import { type Spot, spread } from '../src/spreading';

const at = (x: number, y: number, radius = 5): Spot => ({ x, y, radius });

const distance = (a: Spot, b: Spot) => Math.hypot(a.x - b.x, a.y - b.y);

function nearest(spots: Spot[]): number {
  return Math.min(...spots.flatMap((a, i) => spots.slice(i + 1).map((b) => distance(a, b))));
}

describe('marks', () => {
  it('stay where they are when nothing is in their way', () => {
    const spots = [at(0, 0), at(30, 0), at(0, 30)];
    expect(spread(spots)).toEqual(spots);
  });

  it('stand in a ring around the place they share, which stays free', () => {
    const place = at(100, 100);
    const placed = spread(Array.from({ length: 5 }, () => ({ ...place })));
    expect(nearest(placed)).toBeGreaterThan(11.5);
    for (const spot of placed) {
      expect(distance(spot, place)).toBeGreaterThan(9);
      expect(distance(spot, place)).toBeLessThan(14);
    }
  });

  it('stand side by side when there are two', () => {
    const [left, right] = spread([at(10, 10), at(10, 10)]);
    expect(left?.x).toBeLessThan(10);
    expect(right?.x).toBeGreaterThan(10);
    expect(left?.y).toBeCloseTo(10);
    expect(right?.y).toBeCloseTo(10);
  });

  it('do not hide one another in a crowd, and large ones take more room', () => {
    const crowd = Array.from({ length: 60 }, (_, i) =>
      at((i * 37) % 200, (i * 53) % 160, i % 7 === 0 ? 8 : 5),
    );
    const placed = spread(crowd);
    expect(nearest(crowd)).toBeLessThan(10);
    expect(nearest(placed)).toBeGreaterThan(9);
    expect(spread([at(0, 0, 8), at(1, 0, 8)]).map(({ x }) => Math.abs(x))).toSatisfy((xs: number[]) =>
      xs.every((x) => x > 8),
    );
  });

  it('are always placed alike', () => {
    const crowd = Array.from({ length: 20 }, (_, i) => at(i % 3, i % 4));
    expect(spread(crowd)).toEqual(spread(crowd));
  });

  it('may be none', () => expect(spread([])).toEqual([]));
});

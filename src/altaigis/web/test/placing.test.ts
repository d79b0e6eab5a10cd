import { describe, expect, it } from 'vitest';
import { type Box, type Candidate, place } from '../src/placing';

const at = (x: number, y: number, width = 50): Candidate => ({ x, y, width, height: 14, gap: 6 });

const overlap = (a: Box, b: Box) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

describe('labels', () => {
  it('stand right of their point', () =>
    expect(place([at(100, 100)])[0]?.box).toEqual({ left: 106, top: 93, right: 156, bottom: 107 }));

  it('give way to the more important: the first keeps its place, the second moves or is left out', () => {
    const placed = place([at(100, 100), at(130, 100), at(101, 101)]);
    expect(placed[0]?.index).toBe(0);
    expect(placed.map(({ index }) => index)).not.toContain(2);
  });

  it('never overlap', () => {
    const crowd = Array.from({ length: 300 }, (_, i) =>
      at((i * 37) % 400, (i * 53) % 300, 40 + (i % 5) * 10),
    );
    const boxes = place(crowd).map(({ box }) => box);
    expect(boxes.length).toBeGreaterThan(10);
    boxes.forEach((a, i) => {
      for (const b of boxes.slice(i + 1)) expect(overlap(a, b)).toBe(false);
    });
  });

  it('avoid marks where they can, and stand on one where they cannot', () => {
    const right: Box = { left: 110, top: 95, right: 122, bottom: 107 };
    expect(place([at(100, 100)], [right])[0]?.box.right).toBe(94);
    const everywhere: Box = { left: 0, top: 0, right: 300, bottom: 300 };
    expect(place([at(100, 100)], [everywhere])).toHaveLength(1);
  });

  it('centre the name of an area', () =>
    expect(place([{ ...at(100, 100), gap: 0 }])[0]?.box).toEqual({
      left: 75,
      top: 93,
      right: 125,
      bottom: 107,
    }));
});

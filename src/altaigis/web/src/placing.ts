/** Which labels of a map find room: the most important first, and none over another. */

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A name beside a point of the radius `gap`; with `gap` 0 it stands on the point, as an area's name does. */
export interface Candidate {
  x: number;
  y: number;
  width: number;
  height: number;
  gap: number;
}

export interface Placed {
  index: number;
  box: Box;
}

const AIR = 2;

const meets = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const around = (x: number, y: number, reach: number): Box => ({
  left: x - reach,
  top: y - reach,
  right: x + reach,
  bottom: y + reach,
});

/** Right of the point, then left, above, below. */
function positions({ x, y, width, height, gap }: Candidate): Box[] {
  const box = (left: number, top: number): Box => ({ left, top, right: left + width, bottom: top + height });
  if (gap === 0) return [box(x - width / 2, y - height / 2)];
  return [
    box(x + gap, y - height / 2),
    box(x - gap - width, y - height / 2),
    box(x - width / 2, y - gap - height),
    box(x - width / 2, y + gap),
  ];
}

/**
 * Place candidates in the order given. A placed label keeps its own point free of later ones;
 * `obstacles`, such as marks of other layers, are avoided where one of the positions allows it.
 */
export function place(candidates: readonly Candidate[], obstacles: readonly Box[] = []): Placed[] {
  const taken: Box[] = [];
  const placed: Placed[] = [];
  candidates.forEach((candidate, index) => {
    const point = around(candidate.x, candidate.y, candidate.gap);
    if (candidate.gap > 0 && taken.some((other) => meets(other, point))) return;
    const wide = (box: Box): Box => ({
      left: box.left - AIR,
      top: box.top - AIR,
      right: box.right + AIR,
      bottom: box.bottom + AIR,
    });
    const free = positions(candidate).filter((box) => !taken.some((other) => meets(other, wide(box))));
    const box = free.find((each) => !obstacles.some((obstacle) => meets(obstacle, each))) ?? free[0];
    if (!box) return;
    taken.push(box);
    if (candidate.gap > 0) taken.push(point);
    placed.push({ index, box });
  });
  return placed;
}

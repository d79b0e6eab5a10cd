/** Which units lie in a shape that was drawn, by one of two rules. No DOM here. */

import type { Position } from 'geojson';
import type { Feature } from '../contract';
import { type Edge, edges, isIn, polygonsOf, type Ring } from '../polygon';

/** The middle of the unit lies in the shape; or any part of it does. */
export type Rule = 'centre' | 'touching';

export const RULES: readonly Rule[] = ['centre', 'touching'];

export function within(
  shape: Ring,
  units: readonly Feature[],
  rule: Rule,
  middle: (unit: Feature) => Position | null,
): string[] {
  const isMeant = (unit: Feature): boolean => {
    if (rule === 'touching') return meets(shape, polygonsOf(unit));
    const at = middle(unit);
    return at !== null && isIn([shape], at);
  };
  return units.filter(isMeant).map(({ id }) => String(id));
}

/** Whether a shape and any of some polygons have a part in common. */
export function meets(shape: Ring, polygons: readonly Ring[][]): boolean {
  const own = edges(shape);
  return polygons.some((rings) => {
    const [outer = []] = rings;
    if (outer.some((at) => isIn([shape], at)) || shape.some((at) => isIn(rings, at))) return true;
    return edges(outer).some((edge) => own.some((other) => cross(edge, other)));
  });
}

/** Whether two sides cross; those that only touch do not. */
function cross([a, b]: Edge, [c, d]: Edge): boolean {
  const side = ([x, y]: [number, number], [x1, y1]: [number, number], [x2, y2]: [number, number]): number =>
    Math.sign((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1));
  return side(a, c, d) * side(b, c, d) < 0 && side(c, a, b) * side(d, a, b) < 0;
}

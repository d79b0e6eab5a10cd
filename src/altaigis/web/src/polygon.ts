/** Polygons as GeoJSON has them, and what lies in them. No DOM here. */

import type { Position } from 'geojson';
import type { Feature } from './contract';

export type Ring = readonly Position[];

/** The polygons of a feature, each with its holes; none of lines and points. */
export function polygonsOf({ geometry }: Feature): Ring[][] {
  if (geometry?.type === 'Polygon') return [geometry.coordinates];
  return geometry?.type === 'MultiPolygon' ? geometry.coordinates : [];
}

/** Whether a point lies in a polygon with its holes: a ray to the east crosses its border an odd number of times. */
export function isIn(rings: readonly Ring[], [x = 0, y = 0]: Position): boolean {
  let inside = false;
  for (const [[x1, y1], [x2, y2]] of rings.flatMap(edges))
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  return inside;
}

export type Edge = [from: [number, number], to: [number, number]];

/** The sides of a ring, which may be open: its last point is joined to its first. */
export function edges(ring: Ring): Edge[] {
  return ring.map(([x = 0, y = 0], at): Edge => {
    const [toX = 0, toY = 0] = ring[(at + 1) % ring.length] ?? [];
    return [
      [x, y],
      [toX, toY],
    ];
  });
}

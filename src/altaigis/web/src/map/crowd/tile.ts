/** What a vector tile holds of one layer, and what of it lies at a point. No DOM and no map here. */

import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { Feature, Properties } from '../../contract';

interface Point {
  x: number;
  y: number;
}

/** A feature as far as a tile has it; its geometry stays in units of the tile. */
export interface Shape {
  feature: Feature;
  kind: 'point' | 'line' | 'area';
  rings: Point[][];
}

export interface Content {
  /** Units along the side of the tile. */
  extent: number;
  shapes: Shape[];
}

const KINDS = { 1: 'point', 2: 'line', 3: 'area' } as const;

export const EMPTY: Content = { extent: 4096, shapes: [] };

/** The features of a layer in a tile; `idField` names the property that is their identity. */
export function readTile(bytes: ArrayBuffer, layer: string, idField: string): Content {
  if (bytes.byteLength === 0) return EMPTY;
  const found = new VectorTile(new PbfReader(bytes)).layers[layer];
  if (!found) return EMPTY;
  const shapes: Shape[] = [];
  for (let i = 0; i < found.length; i++) {
    const each = found.feature(i);
    if (each.type === 0) continue;
    const properties: Properties = each.properties;
    const feature: Feature = {
      type: 'Feature',
      id: String(properties[idField] ?? each.id),
      properties,
      geometry: null,
    };
    shapes.push({ feature, kind: KINDS[each.type], rings: each.loadGeometry() });
  }
  return { extent: found.extent, shapes };
}

/** The shapes at a point of the tile, the last drawn first; `reach` is how far beside a point or a line still counts. */
export function shapesAt(
  shapes: readonly Shape[],
  x: number,
  y: number,
  reach: (shape: Shape) => number,
): Shape[] {
  return shapes.filter((shape) => isAt(shape, x, y, reach(shape))).reverse();
}

function isAt({ kind, rings }: Shape, x: number, y: number, reach: number): boolean {
  if (kind === 'point') return rings.flat().some((point) => Math.hypot(point.x - x, point.y - y) <= reach);
  if (kind === 'line') return rings.some((line) => distanceTo(line, x, y) <= reach);
  // Holes turn the other way and count once more: what is crossed an odd number of times is inside.
  return rings.filter((ring) => isWithin(ring, x, y)).length % 2 === 1;
}

function distanceTo(line: readonly Point[], x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  line.forEach((to, i) => {
    const from = line[i - 1] ?? to;
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = dx * dx + dy * dy;
    const along = length === 0 ? 0 : ((x - from.x) * dx + (y - from.y) * dy) / length;
    const t = Math.min(Math.max(along, 0), 1);
    least = Math.min(least, Math.hypot(from.x + t * dx - x, from.y + t * dy - y));
  });
  return least;
}

function isWithin(ring: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  ring.forEach((to, i) => {
    const from = ring[i === 0 ? ring.length - 1 : i - 1] ?? to;
    if (to.y > y !== from.y > y && x < ((from.x - to.x) * (y - to.y)) / (from.y - to.y) + to.x)
      inside = !inside;
  });
  return inside;
}

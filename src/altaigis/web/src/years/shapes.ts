/** The units as outlines of a picture of a given width, for a map that is drawn many times. No DOM here. */

import type { Position } from 'geojson';
import type { Feature } from '../contract';

export interface Outline {
  id: string;
  /** Rings of points x, y in the picture's pixels. */
  rings: [number, number][][];
}

export interface Picture {
  width: number;
  height: number;
  outlines: Outline[];
}

const EDGE = 2;

/** Points nearer to each other than this, pixels, are one; neighbours lose the same points of their common border. */
const GRID = 0.5;

const mercator = ([lon = 0, lat = 0]: Position): [number, number] => [
  (lon * Math.PI) / 180,
  -Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)),
];

/** All rings of a polygon or of several. */
export function ringsOf({ geometry }: Feature): Position[][] {
  if (geometry?.type === 'Polygon') return geometry.coordinates;
  return geometry?.type === 'MultiPolygon' ? geometry.coordinates.flat() : [];
}

/** Project once: the same outlines serve each of the maps. */
export function picture(features: readonly Feature[], width: number): Picture {
  const units = features.map((feature) => ({
    id: String(feature.id),
    rings: ringsOf(feature).map((ring) => ring.map(mercator)),
  }));
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { rings } of units)
    for (const [x, y] of rings.flat()) {
      west = Math.min(west, x);
      east = Math.max(east, x);
      north = Math.min(north, y);
      south = Math.max(south, y);
    }
  if (!(east > west)) return { width, height: width, outlines: [] };
  const scale = (width - 2 * EDGE) / (east - west);
  const place = ([x, y]: [number, number]): [number, number] => [
    Math.round(((x - west) * scale + EDGE) / GRID) * GRID,
    Math.round(((y - north) * scale + EDGE) / GRID) * GRID,
  ];
  const thin = (ring: [number, number][]) =>
    ring.map(place).filter(([x, y], at, all) => at === 0 || x !== all[at - 1]?.[0] || y !== all[at - 1]?.[1]);
  return {
    width,
    height: Math.ceil((south - north) * scale + 2 * EDGE),
    outlines: units.map(({ id, rings }) => ({ id, rings: rings.map(thin) })),
  };
}

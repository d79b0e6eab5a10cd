/** Lengths and areas on the WGS 84 ellipsoid, by Karney's formulas (2013), which are exact to nanometres. */

import geodesic from 'geographiclib-geodesic';
import type { Spot } from '../coordinates';

const { WGS84 } = geodesic.Geodesic;

export interface Measured {
  /** Metres along the line. */
  length: number;
  /** Metres around the area, if the line is closed; square metres of it. 0 below three points. */
  perimeter: number;
  area: number;
}

export function measured(spots: readonly Spot[]): Measured {
  return {
    length: around(spots, true).perimeter,
    ...(spots.length < 3 ? { perimeter: 0, area: 0 } : around(spots, false)),
  };
}

function around(spots: readonly Spot[], isLine: boolean): { perimeter: number; area: number } {
  const shape = WGS84.Polygon(isLine);
  for (const { lat, lon } of spots) shape.AddPoint(lat, lon);
  // Which way round it was drawn says nothing.
  const { perimeter, area } = shape.Compute(false, true);
  return { perimeter, area: Math.abs(area ?? 0) };
}

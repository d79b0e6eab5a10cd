/** How a layer takes part in the map: the ground, areas, hatched zones, lines or points. */

import type { LayerData } from './feature';

export type Form = 'land' | 'area' | 'zone' | 'line' | 'point';

/** Territories under and around the krai: drawn, but never in the way of the pointer. */
const LAND = new Set(['krai', 'neighbours']);

/** Themes whose areas are coloured: what is said of the territory itself. */
const COLOURED = new Set(['territory', 'water', 'statistics', 'analysis']);

export function formOf(data: LayerData): Form {
  const { id, 'altai:geometryType': type, 'altai:theme': theme } = data.collection;
  if (LAND.has(id)) return 'land';
  if (type?.endsWith('Point')) return 'point';
  if (type?.endsWith('LineString')) return 'line';
  // What lies over the municipalities is hatched, so that their colours stay readable.
  return COLOURED.has(theme) ? 'area' : 'zone';
}

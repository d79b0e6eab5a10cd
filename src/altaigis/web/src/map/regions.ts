/** Names of the regions and countries around the krai, from the units they consist of. */

import L from 'leaflet';
import type { Feature, Language } from '../contract';
import { inLanguage, type LayerData } from '../feature';
import type { Label } from './labels';

/** Before every town: there are few of them and they tell where one is. */
const WEIGHT = 1e9;

export function regionLabels(data: LayerData): Label[] {
  const regions = new Map<string, Feature[]>();
  for (const feature of data.features) {
    const name = inLanguage(feature, 'region', 'en');
    if (name && feature.geometry) regions.set(name, [...(regions.get(name) ?? []), feature]);
  }
  return [...regions.values()].flatMap((units) => {
    const [first] = units;
    if (!first) return [];
    const name = (language: Language) => (inLanguage(first, 'region', language) ?? '').toUpperCase();
    return [
      { at: middle(units), name, weight: WEIGHT, zooms: [0, 9], size: 11, bold: 600, dot: 0, kind: 'region' },
    ];
  });
}

/** The mean of the units' middles, weighted by their boxes: near the region's middle of mass. */
function middle(units: Feature[]): L.LatLng {
  let [lat, lng, total] = [0, 0, 0];
  for (const { geometry } of units) {
    if (!geometry) continue;
    const bounds = L.geoJSON(geometry).getBounds();
    const size = (bounds.getNorth() - bounds.getSouth()) * (bounds.getEast() - bounds.getWest());
    lat += bounds.getCenter().lat * size;
    lng += bounds.getCenter().lng * size;
    total += size;
  }
  return L.latLng(lat / total, lng / total);
}

/** Settlements as dots with names; those beyond the krai are quieter. */

import L from 'leaflet';
import type { Feature } from '../contract';
import { type LayerData, nameOf } from '../feature';
import type { Label, Labels } from './labels';
import type { VectorEvents } from './vector';

/** From which zoom a settlement of this size may be named, and how large. */
const RANKS = [
  { population: 300_000, zoom: 0, size: 15, bold: 600, dot: 4 },
  { population: 80_000, zoom: 5.5, size: 13, bold: 600, dot: 3.5 },
  { population: 20_000, zoom: 6.5, size: 13, bold: 600, dot: 3 },
  { population: 8_000, zoom: 7.5, size: 12, bold: 600, dot: 2.5 },
  { population: 0, zoom: 8.5, size: 12, bold: 400, dot: 2 },
] as const;

/** A settlement's label; undefined where it has no place among the ranks. */
export function settlementLabel(
  feature: Feature,
  at: L.LatLng,
  data: LayerData,
  events: VectorEvents,
): Label | undefined {
  const value = feature.properties?.population;
  const population = typeof value === 'number' ? value : 0;
  const rank = RANKS.find((each) => population >= each.population);
  if (!rank) return undefined;
  // In tiles what is null is left out.
  const beyond =
    'territory_id' in data.schema.properties && (feature.properties?.territory_id ?? null) === null;
  return {
    at,
    name: (language) => nameOf(feature, data.collection, language) ?? '',
    // Within the krai a place comes before one of the same size beyond it.
    weight: beyond ? population / 4 : population,
    zooms: [beyond ? rank.zoom + 0.5 : rank.zoom, 30],
    size: beyond ? Math.min(rank.size, 13) : rank.size,
    bold: beyond ? 400 : rank.bold,
    dot: rank.dot,
    kind: beyond ? 'settlement beyond' : 'settlement',
    attributes: { 'data-layer': data.collection.id, 'data-fid': String(feature.id) },
    feature,
    pick: (click) => events.pick(feature, at, click),
  };
}

export class Settlements {
  private readonly places: Label[];

  constructor(
    private readonly labels: Labels,
    readonly data: LayerData,
    private readonly events: VectorEvents,
  ) {
    this.places = data.features.flatMap((feature) => this.label(feature));
  }

  show(): void {
    this.labels.show(this.data.collection.id, this.places);
  }

  fade(opacity: number): void {
    this.labels.show(
      this.data.collection.id,
      this.places.map((place) => ({ ...place, opacity })),
    );
  }

  hide(): void {
    this.labels.hide(this.data.collection.id);
  }

  find(id: string): Feature | undefined {
    return this.data.features.find((feature) => String(feature.id) === id);
  }

  anchor(feature: Feature): L.LatLng | null {
    if (feature.geometry?.type !== 'Point') return null;
    const [lon, lat] = feature.geometry.coordinates;
    return lon === undefined || lat === undefined ? null : L.latLng(lat, lon);
  }

  private label(feature: Feature): Label[] {
    const at = this.anchor(feature);
    const label = at && settlementLabel(feature, at, this.data, this.events);
    return label ? [label] : [];
  }
}

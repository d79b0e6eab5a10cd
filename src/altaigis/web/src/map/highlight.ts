/** Outlines above everything else: of the unit at the pointer, and of the one that is selected. */

import type { Geometry } from 'geojson';
import L from 'leaflet';
import type { MapView } from './view';

const HOVER: L.PathOptions = { color: 'var(--outline)', weight: 2, fill: false, interactive: false };
const SELECTED: L.PathOptions[] = [
  { color: 'var(--outline)', weight: 4.5, fill: false, interactive: false },
  { color: 'var(--outline-inner)', weight: 1.5, fill: false, interactive: false },
];

const PICKED: L.PathOptions[] = [
  { color: 'var(--outline-inner)', weight: 4.5, fill: false, interactive: false },
  { color: 'var(--picked)', weight: 2.5, fill: false, interactive: false },
];

/** Radius of the ring around a point, pixels: no mark is larger. */
const RING = 12;

export class Highlight {
  private readonly hovered = L.layerGroup();
  private readonly selected = L.layerGroup();
  private readonly picked = L.layerGroup();

  private readonly shown = new Map<L.LayerGroup, [readonly Geometry[], L.PathOptions[]]>();

  constructor(private readonly view: MapView) {
    this.picked.addTo(view.leaflet);
    this.selected.addTo(view.leaflet);
    this.hovered.addTo(view.leaflet);
  }

  hover(geometry: Geometry | null): void {
    this.draw(this.hovered, geometry ? [geometry] : [], [HOVER]);
  }

  /** Around a point that is told of elsewhere; an area has its outline. */
  ring(geometry: Geometry | null): void {
    if (geometry?.type !== 'Point') return;
    const [lon = 0, lat = 0] = geometry.coordinates;
    for (const outline of SELECTED)
      L.circleMarker([lat, lon], {
        ...outline,
        radius: RING,
        renderer: this.view.renderer('highlight'),
        pane: 'highlight',
      }).addTo(this.hovered);
  }

  select(geometry: Geometry | null): void {
    this.draw(this.selected, geometry ? [geometry] : [], SELECTED);
  }

  /** Outline these, and no others. */
  pick(geometries: readonly Geometry[]): void {
    this.draw(this.picked, geometries, PICKED);
  }

  /** Geometries have more detail than when they were drawn. */
  refine(): void {
    for (const [group, [geometries, outlines]] of this.shown) this.draw(group, geometries, outlines);
  }

  private draw(group: L.LayerGroup, geometries: readonly Geometry[], outlines: L.PathOptions[]): void {
    this.shown.set(group, [geometries, outlines]);
    group.clearLayers();
    for (const geometry of geometries) this.add(group, geometry, outlines);
  }

  private add(group: L.LayerGroup, geometry: Geometry, outlines: L.PathOptions[]): void {
    if (geometry.type === 'Point' || geometry.type === 'MultiPoint') return;
    for (const outline of outlines) {
      // `renderer` and `pane` reach every path through the style of the whole layer.
      const style: L.PathOptions = {
        ...outline,
        renderer: this.view.renderer('highlight'),
        pane: 'highlight',
      };
      group.addLayer(L.geoJSON(geometry, { ...style, style } as L.GeoJSONOptions));
    }
  }
}

/** One point on the map that is no feature: where the reader is, or where coordinates lead. */

import L from 'leaflet';
import type { Spot } from '../coordinates';
import type { MapView } from './view';

export class Place {
  private readonly group = L.layerGroup();

  constructor(private readonly view: MapView) {
    this.group.addTo(view.leaflet);
  }

  /** Whether the map may be moved there. */
  holds({ lat, lon }: Spot): boolean {
    const { maxBounds } = this.view.leaflet.options;
    return !maxBounds || (maxBounds as L.LatLngBounds).contains([lat, lon]);
  }

  /** Mark a point, and how exactly it is known, metres; `title` is what it is called. */
  async show({ lat, lon }: Spot, title: string, within = 0): Promise<void> {
    const at = L.latLng(lat, lon);
    const options: L.CircleMarkerOptions = { pane: 'highlight', renderer: this.view.renderer('highlight') };
    this.group.clearLayers();
    if (within > 0)
      this.group.addLayer(
        L.circle(at, { ...options, radius: within, stroke: false, fillColor: 'var(--accent)' }),
      );
    const dot = L.circleMarker(at, {
      ...options,
      radius: 7,
      color: 'var(--paper)',
      weight: 2,
      fillColor: 'var(--accent)',
      fillOpacity: 1,
      className: 'place',
    });
    const said = document.createElement('span');
    said.textContent = title;
    dot.bindTooltip(said, { permanent: true, direction: 'top', offset: [0, -8], className: 'name-tip' });
    this.group.addLayer(dot);
    await this.view.fly({ point: [lon, lat] });
  }

  clear(): void {
    this.group.clearLayers();
  }
}

/** Circles on the units: their areas stand for values. */

import L from 'leaflet';
import { radiusOf } from '../radius';
import type { MapView } from './view';

export interface Circle {
  at: L.LatLng;
  value: number;
  title: string;
}

export class Symbols {
  private readonly group = L.layerGroup();

  constructor(private readonly view: MapView) {
    this.group.addTo(view.leaflet);
  }

  /** Draw these and no others; small ones lie on large ones, those below zero are hollow. */
  show(circles: readonly Circle[]): void {
    this.group.clearLayers();
    const largest = Math.max(...circles.map(({ value }) => Math.abs(value)), 0);
    const ordered = [...circles].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    for (const { at, value, title } of ordered) {
      const circle = L.circleMarker(at, {
        pane: 'symbols',
        renderer: this.view.renderer('symbols'),
        radius: radiusOf(value, largest),
        color: 'var(--symbol-edge)',
        weight: 1,
        fillColor: 'var(--symbol)',
        fillOpacity: value < 0 ? 0.08 : 0.65,
        interactive: false,
      });
      circle.addTo(this.group);
      const element = circle.getElement();
      element?.setAttribute('role', 'img');
      element?.setAttribute('aria-label', title);
    }
  }

  clear(): void {
    this.group.clearLayers();
  }
}

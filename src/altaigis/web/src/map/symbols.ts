/** Circles on the units: their areas stand for values. */

import L from 'leaflet';
import { radiusOf } from '../radius';
import type { MapView } from './view';

export interface Circle {
  at: L.LatLng;
  value: number;
  title: string;
}

const ABOVE = { color: 'var(--symbol-edge)', weight: 1, fillColor: 'var(--symbol)', fillOpacity: 0.65 };
/** Seen to be the other way round without its colour, too. */
const BELOW = {
  color: 'var(--symbol-below)',
  weight: 2,
  dashArray: '3 2.5',
  fillColor: 'var(--symbol-below)',
  fillOpacity: 0.15,
};

export class Symbols {
  private readonly group = L.layerGroup();

  constructor(private readonly view: MapView) {
    this.group.addTo(view.leaflet);
  }

  /** Draw these and no others; small ones lie on large ones, those below zero have a dashed edge. */
  show(circles: readonly Circle[]): void {
    this.group.clearLayers();
    const largest = Math.max(...circles.map(({ value }) => Math.abs(value)), 0);
    const ordered = [...circles].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    for (const { at, value, title } of ordered) {
      const circle = L.circleMarker(at, {
        pane: 'symbols',
        renderer: this.view.renderer('symbols'),
        radius: radiusOf(value, largest),
        ...(value < 0 ? BELOW : ABOVE),
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

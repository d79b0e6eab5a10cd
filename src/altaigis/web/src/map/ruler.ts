/** The line or area that is being measured, and the clicks that make it. */

import L from 'leaflet';
import type { Spot } from '../coordinates';
import type { MapView } from './view';

/** A press that moved further, pixels, was a drag. */
const TAP_PX = 5;
/** What a click may fall on without being meant for the map. */
const OTHERS = '.leaflet-control, .leaflet-popup';

export class Ruler {
  private readonly group = L.layerGroup();
  private readonly listening = new AbortController();
  private pressed: L.Point | null = null;

  constructor(
    private readonly view: MapView,
    clicked: (spot: Spot) => void,
    finished: () => void,
  ) {
    this.group.addTo(view.leaflet);
    const map = view.leaflet.getContainer();
    // Before anything else hears of it: while one measures, nothing is opened.
    const options = { capture: true, signal: this.listening.signal };
    const isOurs = (event: MouseEvent) => !(event.target instanceof Element && event.target.closest(OTHERS));
    map.addEventListener(
      'pointerdown',
      (event) => {
        this.pressed = L.point(event.clientX, event.clientY);
      },
      options,
    );
    map.addEventListener(
      'click',
      (event) => {
        if (!isOurs(event)) return;
        event.stopPropagation();
        const moved = this.pressed?.distanceTo([event.clientX, event.clientY]) ?? 0;
        if (moved <= TAP_PX && event.detail < 2) clicked(this.spotOf(event));
      },
      options,
    );
    map.addEventListener(
      'dblclick',
      (event) => {
        if (!isOurs(event)) return;
        event.stopPropagation();
        finished();
      },
      options,
    );
  }

  get centre(): Spot {
    const { lat, lng } = this.view.centre;
    return { lat, lon: lng };
  }

  draw(spots: readonly Spot[]): void {
    const at = spots.map(({ lat, lon }) => L.latLng(lat, lon));
    const options: L.PathOptions = {
      pane: 'highlight',
      renderer: this.view.renderer('highlight'),
      interactive: false,
      color: 'var(--picked)',
      weight: 2.5,
    };
    this.group.clearLayers();
    if (at.length > 2)
      this.group.addLayer(
        L.polygon(at, { ...options, stroke: false, fillColor: 'var(--picked)', fillOpacity: 0.15 }),
      );
    this.group.addLayer(L.polyline(at, { ...options, className: 'ruler' }));
    for (const each of at)
      this.group.addLayer(
        L.circleMarker(each, {
          ...options,
          radius: 4,
          fill: true,
          fillColor: 'var(--paper)',
          fillOpacity: 1,
        }),
      );
  }

  remove(): void {
    this.listening.abort();
    this.group.remove();
  }

  private spotOf(event: MouseEvent): Spot {
    const { lat, lng } = this.view.leaflet.mouseEventToLatLng(event);
    return { lat, lon: lng };
  }
}

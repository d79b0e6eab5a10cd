/** The marks of all point layers together: none hides another, whichever layers they are of. */

import L from 'leaflet';
import type { Feature } from '../contract';
import { spread } from '../spreading';
import type { Click, MapView } from './view';

export interface PointMark {
  layer: string;
  feature: Feature;
  marker: L.Marker;
  /** Where the feature is; its marker may stand beside it. */
  at: L.LatLng;
  /** Of the drawn mark, pixels. */
  radius: number;
}

/** How far from a mark's edge, and from the true place of a mark that stands beside it, a click still counts. */
const REACH = { mouse: { edge: 1, place: 4 }, touch: { edge: 10, place: 14 } } as const;
/** A mark moved less than this, pixels, still covers its place. */
const STEM_FROM = 3;
/** As in the style sheet: far off, marks are drawn smaller. */
const FAR_SCALE = 0.75;

export class Marks {
  private readonly shown = new Map<string, PointMark[]>();
  private readonly stems = L.layerGroup();

  constructor(private readonly view: MapView) {
    this.stems.addTo(view.leaflet);
    view.leaflet.on('zoomend', () => this.spread());
  }

  show(layer: string, marks: PointMark[]): void {
    this.shown.set(layer, marks);
    this.spread();
  }

  hide(layer: string): void {
    if (this.shown.delete(layer)) this.spread();
  }

  /** All marks that a click may mean: those drawn there, and those whose true place it is. */
  under({ point, touch }: Click): PointMark[] {
    const reach = touch ? REACH.touch : REACH.mouse;
    const map = this.view.leaflet;
    return this.all.filter(
      ({ marker, at, radius }) =>
        map.latLngToContainerPoint(marker.getLatLng()).distanceTo(point) <=
          radius * this.scale + reach.edge || map.latLngToContainerPoint(at).distanceTo(point) <= reach.place,
    );
  }

  private get all(): PointMark[] {
    return [...this.shown.values()].flat();
  }

  private get scale(): number {
    return this.view.isFar ? FAR_SCALE : 1;
  }

  private spread(): void {
    if (!this.view.isPlaced) return;
    const map = this.view.leaflet;
    const { all, scale } = this;
    const places = all.map(({ at, radius }) => {
      const { x, y } = map.project(at);
      return { x, y, radius: radius * scale };
    });
    this.stems.clearLayers();
    spread(places).forEach(({ x, y }, i) => {
      const mark = all[i];
      const place = places[i];
      if (!mark || !place) return;
      const moved = Math.hypot(x - place.x, y - place.y);
      const drawnAt = moved < 0.5 ? mark.at : map.unproject([x, y]);
      mark.marker.setLatLng(drawnAt);
      if (moved >= STEM_FROM) this.drawStem(mark.at, drawnAt);
    });
  }

  /** A thin line from the mark to the place it speaks of. */
  private drawStem(place: L.LatLng, drawnAt: L.LatLng): void {
    const options = { pane: 'stems', renderer: this.view.renderer('stems'), interactive: false };
    this.stems.addLayer(L.polyline([place, drawnAt], { ...options, color: 'var(--name)', weight: 1 }));
    this.stems.addLayer(
      L.circleMarker(place, {
        ...options,
        radius: 1.5,
        stroke: false,
        fillColor: 'var(--name)',
        fillOpacity: 1,
      }),
    );
  }
}

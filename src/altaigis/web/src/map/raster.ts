/** A raster as tiles from our own server, or from outside, which a person has to switch on. */

import L from 'leaflet';
import { ApiError, tilesAddress } from '../api';
import type { Background } from '../background';
import type { Collection } from '../contract';
import { layFlat } from './flat';
import type { MapView } from './view';

/** Of rasters: the base map shines through. */
const OPACITY = 0.85;

/** What is told of a layer's tiles: that one has come, or could not be had, and why, where that is known. */
export interface TileEvents {
  arrived(): void;
  failed(cause: ApiError | null): void;
}

/** One tile that comes does not make good another that does not, and one that does not is enough to be told of. */
class Told implements TileEvents {
  isFailed = false;

  constructor(private readonly events: TileEvents) {}

  arrived(): void {
    if (!this.isFailed) this.events.arrived();
  }

  failed(cause: ApiError | null): void {
    if (!this.isFailed) this.events.failed(cause);
    this.isFailed = true;
  }
}

export class RasterLayer {
  readonly pane: string;
  private readonly tiles: L.TileLayer;
  private told: Told;

  constructor(
    private readonly view: MapView,
    collection: Collection,
    private readonly events: TileEvents,
  ) {
    this.told = new Told(events);
    const box = collection.extent?.spatial?.bbox[0];
    this.pane = view.paneOf(collection.id, 'raster');
    this.tiles = L.tileLayer(tilesAddress(collection.id), {
      pane: this.pane,
      opacity: OPACITY,
      minNativeZoom: collection['altai:minzoom'] ?? 0,
      maxNativeZoom: collection['altai:maxzoom'] ?? 12,
      ...(box && {
        bounds: [
          [box[1], box[0]],
          [box[3], box[2]],
        ] as L.LatLngBoundsLiteral,
      }),
      className: 'raster-tiles',
    });
    layFlat(this.tiles)
      .on('tileload', () => this.told.arrived())
      .on('tileerror', ({ tile }) => void this.look(tile.src));
  }

  /** A tile with nothing on it is an answer without a body, which is no picture to a browser and no failure to us. */
  private async look(address: string): Promise<void> {
    if (this.told.isFailed) return;
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok) this.told.arrived();
    else this.told.failed(answer && new ApiError(answer.statusText, answer.status));
  }

  show(): void {
    this.told = new Told(this.events);
    this.tiles.addTo(this.view.leaflet);
  }

  /** `opacity`: a share of what a raster has when it opens. */
  fade(opacity: number): void {
    this.tiles.setOpacity(OPACITY * opacity);
  }

  hide(): void {
    this.tiles.remove();
  }
}

/** The only outside addresses of the map. */
const OUTSIDE: Record<Background, { url: string; maxNativeZoom: number }> = {
  osm: { url: 'https://tile.openstreetmap.org/{z}/{x}/{y}.png', maxNativeZoom: 19 },
  satellite: {
    url: 'https://tiles.maps.eox.at/wmts/1.0.0/s2cloudless_3857/default/g/{z}/{y}/{x}.jpg',
    maxNativeZoom: 14,
  },
};

export function background(
  view: MapView,
  name: Background,
  events: TileEvents,
): { show(): void; hide(): void } {
  const { url, maxNativeZoom } = OUTSIDE[name];
  // A picture of the map can be saved: tiles that others do not give away would spoil it.
  const tiles = L.tileLayer(url, { pane: 'osm', maxNativeZoom, crossOrigin: true });
  let told = new Told(events);
  layFlat(tiles)
    .on('tileload', () => told.arrived())
    .on('tileerror', () => told.failed(null));
  return {
    show() {
      told = new Told(events);
      tiles.addTo(view.leaflet);
    },
    hide: () => void tiles.remove(),
  };
}

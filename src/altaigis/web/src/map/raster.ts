/** A raster as tiles from our own server, or from outside, which a person has to switch on. */

import L from 'leaflet';
import { tilesAddress } from '../api';
import type { Background } from '../background';
import type { Collection } from '../contract';
import { layFlat } from './flat';
import type { MapView } from './view';

/** Of rasters: the base map shines through. */
const OPACITY = 0.85;

export class RasterLayer {
  readonly pane: string;
  private readonly tiles: L.TileLayer;
  private told = false;

  constructor(
    private readonly view: MapView,
    collection: Collection,
    failed: () => void,
  ) {
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
    layFlat(this.tiles).on('tileerror', ({ tile }) => void this.look(tile.src, failed));
  }

  /** A tile with nothing on it is an answer without a body, which is no picture to a browser and no failure to us. */
  private async look(address: string, failed: () => void): Promise<void> {
    const answered = await fetch(address).then(
      (answer) => answer.ok,
      () => false,
    );
    if (answered || this.told) return;
    this.told = true;
    failed();
  }

  show(): void {
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
  failed: () => void,
): { show(): void; hide(): void } {
  const { url, maxNativeZoom } = OUTSIDE[name];
  // A picture of the map can be saved: tiles that others do not give away would spoil it.
  const tiles = L.tileLayer(url, { pane: 'osm', maxNativeZoom, crossOrigin: true });
  layFlat(tiles).on('tileerror', failed);
  return { show: () => void tiles.addTo(view.leaflet), hide: () => void tiles.remove() };
}

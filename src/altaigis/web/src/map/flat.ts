/** Tiles as one picture to the browser. */

import L from 'leaflet';

/**
 * Leaflet moves each tile to its place by a transform in space, which makes it a surface of its own: three layers of
 * them halve the frames a second where no graphics card puts them together. The place itself says the same.
 */
export function layFlat<T extends L.GridLayer>(tiles: T): T {
  tiles.on('tileloadstart', ({ tile }: L.TileEvent) => {
    const { x, y } = L.DomUtil.getPosition(tile);
    Object.assign(tile.style, { transform: '', left: `${x}px`, top: `${y}px` });
  });
  return tiles;
}

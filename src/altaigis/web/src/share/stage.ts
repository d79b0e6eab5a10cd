/** The map at another size for a while: the same part of the earth, for a picture or for paper. */

import type { MapView } from '../map/view';

const PATIENCE_MS = 8000;

const frame = () => new Promise((done) => requestAnimationFrame(done));

/** Make the map so large; what is called for comes back to how it was. */
export function stage(view: MapView, size: { width: number; height: number }): () => void {
  const { leaflet } = view;
  const [west, south, east, north] = view.seen;
  const { style } = leaflet.getContainer();
  const before = { view: view.view, css: style.cssText, bounds: leaflet.options.maxBounds };
  // What a window may not show a sheet may; and nothing shall move while it is drawn.
  leaflet.stop().setMaxBounds(undefined);
  style.cssText += `;inset:auto;left:0;top:0;width:${size.width}px;height:${size.height}px`;
  leaflet.invalidateSize({ animate: false, pan: false });
  leaflet.fitBounds(
    [
      [south, west],
      [north, east],
    ],
    { animate: false },
  );
  return () => {
    style.cssText = before.css;
    leaflet.invalidateSize({ animate: false, pan: false });
    view.view = before.view;
    leaflet.setMaxBounds(before.bounds);
  };
}

/** Until tiles and names are there, or it has taken too long. */
export async function settled(view: MapView): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (view.isLoading && performance.now() < until) await frame();
  await document.fonts.ready;
  // Names are placed in the frame after the last move.
  await frame();
  await frame();
}

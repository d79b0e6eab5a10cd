/** A map whose buttons and keys zoom about what is open on it, which stays where it is seen. */

import L from 'leaflet';

export class HoldingMap extends L.Map {
  /** The place that is held, where there is one. */
  held: () => L.LatLng | undefined = () => undefined;

  override setZoom(zoom: number, options?: L.ZoomPanOptions): this {
    const at = this.held();
    if (!at || !this.getBounds().contains(at)) return super.setZoom(zoom, options);
    const possible = Math.min(Math.max(zoom, this.getMinZoom()), this.getMaxZoom());
    return this.setZoomAround(at, possible, options);
  }
}

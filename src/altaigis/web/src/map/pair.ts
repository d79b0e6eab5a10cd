/** Two maps that show the same place: whichever is moved, the other follows. */

import L from 'leaflet';
import type { MapView } from './view';

export class Pair {
  private following = false;
  private readonly ends: (() => void)[] = [];

  constructor(
    private readonly first: MapView,
    private readonly second: MapView,
  ) {
    // How far they may be moved is the first one's affair: where it returns to, the second follows.
    second.view = first.view;
    this.lead(first.leaflet, second.leaflet);
    this.lead(second.leaflet, first.leaflet);
  }

  /** Both have another size. */
  resize(): void {
    this.quietly(() => {
      this.first.resize();
      this.second.resize();
      this.second.view = this.first.view;
    });
  }

  end(): void {
    for (const end of this.ends) end();
  }

  private lead(leader: L.Map, follower: L.Map): void {
    const move = () => this.quietly(() => follow(leader, follower));
    const rest = () =>
      this.quietly(() => {
        follow(leader, follower);
        follower.fire('moveend');
      });
    // Both zoom at once, and not one after the other.
    const zoom = ({ center, zoom, noUpdate }: L.ZoomAnimEvent) => {
      if (!noUpdate) this.quietly(() => follower.setView(center, zoom, { animate: true }));
    };
    leader.on('move', move).on('moveend', rest).on('zoomanim', zoom);
    this.ends.push(() => leader.off('move', move).off('moveend', rest).off('zoomanim', zoom));
  }

  /** What the follower does is no news to its leader. */
  private quietly(action: () => void): void {
    if (this.following) return;
    this.following = true;
    action();
    this.following = false;
  }
}

/** Panning shifts what is drawn, as Leaflet itself does, and draws nothing anew until the map comes to rest. */
function follow(leader: L.Map, follower: L.Map): void {
  const [centre, zoom] = [leader.getCenter(), leader.getZoom()];
  if (follower.getZoom() !== zoom) {
    follower.setView(centre, zoom, { animate: false });
    return;
  }
  const shift = follower.project(centre).subtract(follower.project(follower.getCenter())).round();
  const pane = follower.getPane('mapPane');
  if (pane && (shift.x !== 0 || shift.y !== 0))
    L.DomUtil.setPosition(pane, L.DomUtil.getPosition(pane).subtract(shift));
}

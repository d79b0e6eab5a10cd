/** What is seen when something opens over the map is seen beside it, and as it was when that has closed. */

import type { View } from '../state';
import type { MapView } from './view';

const isSame = (one: View, other: View): boolean =>
  one.zoom === other.zoom && Math.abs(one.lat - other.lat) < 1e-6 && Math.abs(one.lon - other.lon) < 1e-6;

export class Yielding {
  private moved: { from: View; to: View } | null = null;

  constructor(private readonly view: MapView) {}

  /** Before it opens; what comes back is called once it is open. */
  begin(): () => void {
    const { seen, view: from } = this.view;
    return () => {
      this.view.show(seen);
      this.moved = { from, to: this.view.view };
    };
  }

  /** It has closed: whoever has not moved the map since finds it as it was. */
  end(): void {
    const { moved } = this;
    this.moved = null;
    if (moved && isSame(moved.to, this.view.view)) this.view.view = moved.from;
  }
}

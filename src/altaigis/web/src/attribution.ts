/** Who the data on the map are from; on a narrow map it unfolds at a touch. */

import type { Background } from './background';
import { h } from './dom';
import type { Messages } from './i18n';
import type { MapView } from './map/view';

const TERMS: Record<Background, string> = {
  osm: 'https://www.openstreetmap.org/copyright',
  satellite: 'https://s2maps.eu',
};

/** Sources once each, although layers share them: an attribution lists its own by semicolons. */
export const distinctSources = (attributions: readonly string[]): string[] => [
  ...new Set(attributions.flatMap((each) => each.split(';').map((part) => part.trim())).filter(Boolean)),
];

/** What is free beside the panel has to be as wide as this, pixels, for the sources to be told without being asked for. */
const ROOM = 700;

export class Attribution {
  private readonly summary = h('summary', {});
  private readonly sources = h('span', {});
  private readonly details = h('details', { open: true }, this.summary, this.sources);
  private readonly outside = h('span', {});
  private roomy = true;

  constructor(private readonly view: MapView) {
    view.attribution.append(this.details, this.outside);
    const corner = view.attribution.closest('.leaflet-right');
    if (corner) new ResizeObserver(([seen]) => this.settle(seen?.contentRect.width ?? 0)).observe(corner);
  }

  render(attributions: readonly string[], backgrounds: readonly Background[], t: Messages): void {
    this.summary.textContent = t.sources;
    this.sources.textContent = distinctSources(attributions).join(' · ');
    // Those of pictures from elsewhere are named at all times: it is their condition.
    this.outside.replaceChildren(
      ...backgrounds.flatMap((id) => [
        ' · ',
        h('a', { href: TERMS[id], target: '_blank', rel: 'noopener' }, t[`${id}Attribution`]),
      ]),
    );
  }

  /** Fold where there is no room, and unfold where there is again; else it is as the reader left it. */
  private settle(width: number): void {
    const roomy = width - this.view.padding().paddingTopLeft[0] >= ROOM;
    if (roomy === this.roomy) return;
    this.roomy = roomy;
    this.details.open = roomy;
  }
}

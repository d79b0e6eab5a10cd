/** Who the data on the map are from; on a narrow window it unfolds at a touch. */

import { h } from './dom';
import type { Messages } from './i18n';

const OSM_COPYRIGHT = 'https://www.openstreetmap.org/copyright';

/** Sources once each, although layers share them: an attribution lists its own by semicolons. */
export const distinctSources = (attributions: readonly string[]): string[] => [
  ...new Set(attributions.flatMap((each) => each.split(';').map((part) => part.trim())).filter(Boolean)),
];

export function renderAttribution(
  element: HTMLElement,
  attributions: readonly string[],
  osm: boolean,
  t: Messages,
): void {
  const open = element.querySelector('details')?.open ?? window.innerWidth > 700;
  const tiles = h('a', { href: OSM_COPYRIGHT, target: '_blank', rel: 'noopener' }, t.osmAttribution);
  const text = distinctSources(attributions).join(' · ');
  element.replaceChildren(
    h('details', { open }, h('summary', {}, t.sources), h('span', {}, text, osm ? ' · ' : '', osm && tiles)),
  );
}

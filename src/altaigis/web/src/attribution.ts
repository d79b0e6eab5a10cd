/** Who the data on the map are from; on a narrow window it unfolds at a touch. */

import type { Background } from './background';
import { h } from './dom';
import type { Messages } from './i18n';

const TERMS: Record<Background, string> = {
  osm: 'https://www.openstreetmap.org/copyright',
  satellite: 'https://s2maps.eu',
};

/** Sources once each, although layers share them: an attribution lists its own by semicolons. */
export const distinctSources = (attributions: readonly string[]): string[] => [
  ...new Set(attributions.flatMap((each) => each.split(';').map((part) => part.trim())).filter(Boolean)),
];

export function renderAttribution(
  element: HTMLElement,
  attributions: readonly string[],
  backgrounds: readonly Background[],
  t: Messages,
): void {
  const open = element.querySelector('details')?.open ?? window.innerWidth > 700;
  const outside = backgrounds.flatMap((id) => [
    ' · ',
    h('a', { href: TERMS[id], target: '_blank', rel: 'noopener' }, t[`${id}Attribution`]),
  ]);
  const text = distinctSources(attributions).join(' · ');
  element.replaceChildren(
    h('details', { open }, h('summary', {}, t.sources), h('span', {}, text, ...outside)),
  );
}

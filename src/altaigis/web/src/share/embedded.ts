/** The map in a frame of another page: map, legend and sources, and the way to the whole. */

import type { Language } from '../contract';
import { h } from '../dom';
import { WORDS } from './words';

export const isEmbedded = (): boolean => new URLSearchParams(location.search).has('embed');

/** Take away what a frame has no room for; the style sheet does it. */
export function embed(): void {
  document.documentElement.classList.add('embedded', 'folded');
}

/** The link to the same map as it is at the moment of the click. */
export function livingLink(language: Language): HTMLElement {
  const link = h(
    'a',
    { class: 'open-living', 'data-testid': 'open-living', href: living(), target: '_blank', rel: 'noopener' },
    WORDS[language].openLiving,
  );
  const follow = () => {
    link.href = living();
  };
  for (const event of ['pointerdown', 'focus', 'click']) link.addEventListener(event, follow);
  return link;
}

function living(): string {
  const url = new URL(location.href);
  url.searchParams.delete('embed');
  return url.href;
}

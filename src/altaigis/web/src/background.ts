/** Pictures below the layers that come from other servers, and only when somebody switches them on. */

export const BACKGROUNDS = ['osm', 'satellite'] as const;
export type Background = (typeof BACKGROUNDS)[number];

export const isBackground = (id: string): id is Background => BACKGROUNDS.some((name) => name === id);

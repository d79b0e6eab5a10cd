/** Addresses under which the map, or a part of it, can be had by others. */

import { type Asked, address, addressWith, valuesAddress } from '../api';
import { isBackground } from '../background';
import type { Collection, Language } from '../contract';
import type { Bounds } from '../map/view';
import type { Choice } from '../thematic/choice';

/** What a snapshot can show of all that a link to the map may hold. */
const SNAPSHOT = ['map', 'layers', 'opacity', 'ind', 'lang'];

/** The address of the map in one file, from the hash of the page's own. */
export function snapshotAddress(hash: string, title: string): string {
  const state = new URLSearchParams(hash.replace(/^#/, ''));
  const asked: Asked = {};
  for (const name of SNAPSHOT) {
    const value = state.get(name);
    if (value !== null) asked[name] = name === 'layers' ? ours(value) : value;
  }
  return addressWith('snapshot.html', { ...asked, title: title || undefined });
}

/** Without the layers of others, which no file of ours holds. */
const ours = (layers: string): string =>
  layers
    .split(',')
    .filter((id) => !isBackground(id))
    .join(',');

/** The same page for a frame: without panel and search. */
export function embedAddress(hash: string): string {
  return `${address('?embed')}${hash}`;
}

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

/** What somebody puts into a page of theirs. */
export function embedSnippet(hash: string, title: string): string {
  const src = escaped(embedAddress(hash));
  return `<iframe src="${src}" title="${escaped(title)}" width="100%" height="480" style="border:0" loading="lazy" allowfullscreen></iframe>`;
}

export interface Download {
  text: string;
  href: string;
}

/** Files of a layer: of all of it, or of what lies in a box. */
export function layerDownloads({ id, ...collection }: Collection, box: Bounds | null): Download[] {
  if (collection['altai:kind'] === 'raster')
    return [{ text: 'GeoTIFF', href: address(`rasters/${encodeURIComponent(id)}/cog.tif`) }];
  const file = (f: string, text: string): Download => ({
    text,
    href: addressWith(`collections/${encodeURIComponent(id)}/items`, { f, bbox: box?.join(',') }),
  });
  return [file('csv', 'CSV'), file('geojson', 'GeoJSON')];
}

/** The values of an indicator for a year, and its layer with all years. */
export function indicatorDownloads(choice: Choice, period: number, box: Bounds | null): Download[] {
  const layer = `collections/${encodeURIComponent(`ind_${choice.code}`)}/items`;
  return [
    { text: 'CSV', href: valuesAddress(choice.code, { f: 'csv', period, per: choice.per }) },
    { text: 'GeoJSON', href: addressWith(layer, { f: 'geojson', bbox: box?.join(',') }) },
  ];
}

/** A title as the name of a file. */
export const fileName = (title: string, ending: string, language: Language): string => {
  const name = title
    .replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 100);
  return `${name || (language === 'ru' ? 'Карта' : 'Map')}.${ending}`;
};

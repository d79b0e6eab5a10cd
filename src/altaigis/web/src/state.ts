/** What a link to the map holds: view, layers, language and selection, in the hash of the address. */

import type { Language } from './contract';

export interface View {
  zoom: number;
  lat: number;
  lon: number;
}

export interface Selection {
  layer: string;
  id: string;
}

/** Absent parts mean "as the map opens". */
export interface State {
  view?: View;
  layers?: string[];
  lang?: Language;
  selection?: Selection;
}

export const isLanguage = (value: unknown): value is Language => value === 'ru' || value === 'en';

function parseView(text: string | null): View | undefined {
  const [zoom, lat, lon, ...rest] = (text ?? '')
    .split('/')
    .map((part) => (part === '' ? Number.NaN : Number(part)));
  if (zoom === undefined || lat === undefined || lon === undefined || rest.length > 0) return undefined;
  const possible = zoom >= 0 && zoom <= 22 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  return possible ? { zoom, lat, lon } : undefined;
}

function parseSelection(text: string | null): Selection | undefined {
  const slash = text?.indexOf('/') ?? -1;
  if (!text || slash < 1 || slash === text.length - 1) return undefined;
  return { layer: text.slice(0, slash), id: text.slice(slash + 1) };
}

/** Read a hash; parts that make no sense are left out. */
export function parseState(hash: string): State {
  const values = new URLSearchParams(hash.replace(/^#/, ''));
  const view = parseView(values.get('map'));
  const layers = values.get('layers');
  const lang = values.get('lang');
  const selection = parseSelection(values.get('sel'));
  return {
    ...(view && { view }),
    ...(layers !== null && { layers: layers.split(',').filter(Boolean) }),
    ...(isLanguage(lang) && { lang }),
    ...(selection && { selection }),
  };
}

/** Write a hash that `parseState` reads back; slashes and commas stay readable. */
export function formatState(state: State): string {
  const parts: string[] = [];
  const text = (value: string) => encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%2C', ',');
  if (state.view) {
    const { zoom, lat, lon } = state.view;
    parts.push(`map=${Number(zoom.toFixed(2))}/${lat.toFixed(4)}/${lon.toFixed(4)}`);
  }
  if (state.layers) parts.push(`layers=${text(state.layers.join(','))}`);
  if (state.lang) parts.push(`lang=${state.lang}`);
  if (state.selection) parts.push(`sel=${text(`${state.selection.layer}/${state.selection.id}`)}`);
  return `#${parts.join('&')}`;
}

const REMEMBERED = 'altaigis.lang';

/** `?lang=` wins, then the link's hash, then the last choice, then the browser's wish; Russian otherwise. */
export function chooseLanguage(
  search: string,
  hash: State,
  remembered: string | null,
  preferred: readonly string[],
): Language {
  const asked = new URLSearchParams(search).get('lang');
  for (const candidate of [asked, hash.lang, remembered]) if (isLanguage(candidate)) return candidate;
  const wish = preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage);
  return wish ?? 'ru';
}

/** Storage may be closed to the page; then nothing is remembered, and that is all. */
export function recallLanguage(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

export function rememberLanguage(language: Language): boolean {
  try {
    localStorage.setItem(REMEMBERED, language);
    return true;
  } catch {
    return false;
  }
}

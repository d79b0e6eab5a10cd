/** What a link to the map holds, in the hash of the address: the whole of what is seen can be sent. */

import type { Language } from './contract';
import {
  formatListed,
  formatSeen,
  formatWatch,
  type Listed,
  parseListed,
  parseSeen,
  parseWatch,
  type Seen,
  type Watch,
} from './monitoring/choice';
import { type Comparison, formatComparison, parseComparison, parseUnits } from './territory/choice';
import { type Choice, formatChoice, parseChoice } from './thematic/choice';
import {
  formatRasters,
  formatTwin,
  parseRasters,
  parseTwin,
  type RasterPair,
  type Twin,
} from './twin/choice';
import { formatYears, parseYears, type Years } from './years/choice';

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
  /** Of layers that are not as opaque as they open, 0 to 1. */
  opacity?: Record<string, number>;
  /** Layers from the top downwards, where somebody has put them otherwise. */
  order?: string[];
  indicator?: Choice;
  /** What is shown beside the indicator, and the years of it that are seen together. */
  twin?: Twin;
  beside?: RasterPair;
  years?: Years;
  /** The layer whose table is open. */
  table?: string;
  /** A run of an analysis. */
  job?: string;
  /** Municipalities that are picked; whose passport is open; how the picked ones are compared. */
  units?: string[];
  passport?: string[];
  compare?: Comparison;
  /** The parameter whose stations are on the map; the station and the list of alerts in the drawer. */
  watch?: Watch;
  station?: Seen;
  alerts?: Listed;
  lang?: Language;
  selection?: Selection;
}

/** A state, and those parts of the link that made no sense. */
export interface Reading {
  state: State;
  unread: string[];
}

/** One part of the state as text; what cannot be read is undefined. */
interface Part<T> {
  name: string;
  parse: (text: string) => T | undefined;
  format: (value: T) => string;
}

export const isLanguage = (value: unknown): value is Language => value === 'ru' || value === 'en';

function parseView(text: string): View | undefined {
  const [zoom, lat, lon, ...rest] = text.split('/').map((part) => (part === '' ? Number.NaN : Number(part)));
  if (zoom === undefined || lat === undefined || lon === undefined || rest.length > 0) return undefined;
  const possible = zoom >= 0 && zoom <= 22 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  return possible ? { zoom, lat, lon } : undefined;
}

function parseSelection(text: string): Selection | undefined {
  const slash = text.indexOf('/');
  if (slash < 1 || slash === text.length - 1) return undefined;
  return { layer: text.slice(0, slash), id: text.slice(slash + 1) };
}

function parseOpacity(text: string): Record<string, number> | undefined {
  const pairs = text.split(',').map((pair): [string, number] => {
    const [layer = '', percent = ''] = pair.split(':');
    return [layer, percent === '' ? Number.NaN : Number(percent) / 100];
  });
  return pairs.every(([layer, share]) => layer && share >= 0 && share <= 1)
    ? Object.fromEntries(pairs)
    : undefined;
}

/** The parts in the order in which they are written. */
const PARTS: { [Key in keyof Required<State>]: Part<NonNullable<State[Key]>> } = {
  view: {
    name: 'map',
    parse: parseView,
    format: ({ zoom, lat, lon }) => `${Number(zoom.toFixed(2))}/${lat.toFixed(4)}/${lon.toFixed(4)}`,
  },
  layers: {
    name: 'layers',
    parse: (text) => text.split(',').filter(Boolean),
    format: (layers) => layers.join(','),
  },
  opacity: {
    name: 'opacity',
    parse: parseOpacity,
    format: (opacity) =>
      Object.entries(opacity)
        .map(([layer, share]) => `${layer}:${Math.round(share * 100)}`)
        .join(','),
  },
  order: {
    name: 'order',
    parse: (text) => text.split(',').filter(Boolean),
    format: (layers) => layers.join(','),
  },
  indicator: { name: 'ind', parse: parseChoice, format: formatChoice },
  twin: { name: 'twin', parse: parseTwin, format: formatTwin },
  beside: { name: 'beside', parse: parseRasters, format: formatRasters },
  years: { name: 'years', parse: parseYears, format: formatYears },
  table: {
    name: 'table',
    parse: (text) => (/^[a-z]\w*$/.test(text) ? text : undefined),
    format: (layer) => layer,
  },
  job: {
    name: 'job',
    parse: (text) => (/^[0-9a-f-]{36}$/.test(text) ? text : undefined),
    format: (job) => job,
  },
  units: { name: 'units', parse: parseUnits, format: (units) => units.join(',') },
  passport: { name: 'passport', parse: parseUnits, format: (units) => units.join(',') },
  compare: { name: 'compare', parse: parseComparison, format: formatComparison },
  watch: { name: 'obs', parse: parseWatch, format: formatWatch },
  station: { name: 'station', parse: parseSeen, format: formatSeen },
  alerts: { name: 'alerts', parse: parseListed, format: formatListed },
  lang: {
    name: 'lang',
    parse: (text) => (isLanguage(text) ? text : undefined),
    format: (lang) => lang,
  },
  selection: {
    name: 'sel',
    parse: parseSelection,
    format: ({ layer, id }) => `${layer}/${id}`,
  },
};

const KEYS = Object.keys(PARTS) as (keyof State)[];

/** Read a hash; parts that make no sense are left out, and named. */
export function readState(hash: string): Reading {
  const values = new URLSearchParams(hash.replace(/^#/, ''));
  const reading: Reading = { state: {}, unread: [] };
  for (const [name, text] of values) {
    const key = KEYS.find((each) => PARTS[each].name === name);
    const value = key && PARTS[key].parse(text);
    if (key && value !== undefined) Object.assign(reading.state, { [key]: value });
    else reading.unread.push(text === '' ? name : `${name}=${text}`);
  }
  return reading;
}

export const parseState = (hash: string): State => readState(hash).state;

/** Slashes, commas and colons stay readable. */
const readable = (value: string): string =>
  encodeURIComponent(value).replace(/%(2F|2C|3A)/g, (code) => decodeURIComponent(code));

/** Write a hash that `readState` reads back. */
export function formatState(state: State): string {
  const parts = KEYS.flatMap((key) => {
    const value = state[key];
    if (value === undefined) return [];
    const { name, format } = PARTS[key] as Part<typeof value>;
    return [`${name}=${readable(format(value))}`];
  });
  return `#${parts.join('&')}`;
}

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

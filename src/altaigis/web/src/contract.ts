/** What the server answers: the parts of its contract that the map relies on. */

import type { FeatureCollection, Feature as GeoFeature, Geometry, Point } from 'geojson';
import type { InputDescription } from './analysis/fields';

export type Language = 'ru' | 'en';

export interface Text {
  ru: string;
  en: string;
}

export interface Link {
  href: string;
  rel: string;
  type?: string;
  title?: string;
}

export type Theme =
  | 'territory'
  | 'tourism'
  | 'environment'
  | 'nature'
  | 'water'
  | 'relief'
  | 'statistics'
  | 'analysis';

export interface Collection {
  id: string;
  title: string;
  description?: string;
  itemCount?: number;
  extent?: { spatial?: { bbox: [number, number, number, number][] } };
  attribution?: string;
  license?: string;
  /** When the data were loaded or edited last. */
  updated?: string | null;
  links?: Link[];
  'altai:kind': 'vector' | 'raster' | 'table';
  'altai:theme': Theme;
  /** Of a derived layer: what has made it. */
  'altai:maker'?: string;
  /** Of one collection alone, not in the list. */
  'altai:derivation'?: { job: string | null };
  'altai:geometryType'?: string | null;
  'altai:visible'?: boolean;
  'altai:order'?: number;
  'altai:titleField'?: string | null;
  'altai:style'?: string | null;
  'altai:minzoom'?: number;
  'altai:maxzoom'?: number;
}

export type Value = string | number | boolean | null;
export type Properties = Record<string, Value>;

export interface Feature extends GeoFeature<Geometry | null, Properties> {
  id: string | number;
}

export interface Page {
  type: 'FeatureCollection';
  features: Feature[];
  numberMatched?: number;
  links?: Link[];
}

export interface Field {
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  /** Of codes. */
  pattern?: string;
  'x-ogc-unit'?: string;
  'x-ogc-role'?: string;
  'x-ogc-propertySeq'?: number;
  'altai:digits'?: number;
}

export interface Schema {
  properties: Record<string, Field>;
}

export type Shape = 'circle' | 'square' | 'triangle' | 'diamond' | 'star';

/** How one feature looks (a symbol of the server): sizes in CSS pixels, opacity from 0 to 1. */
export interface Mark {
  fill: string | null;
  stroke: string | null;
  width: number;
  radius: number;
  opacity: number;
  dash: number[];
  shape: Shape;
}

export interface SimpleStyle {
  kind: 'simple';
  title?: Text | null;
  symbol: Mark;
}

/** `breaks` are inner bounds, ascending; a value that equals a break belongs to the class above it. */
export interface ClassesStyle {
  kind: 'classes';
  title: Text;
  field: string;
  method: Text;
  breaks: number[];
  colours: string[];
  symbol: Mark;
  no_data: string;
  /** The break from which the colours diverge, and what it is. */
  centre?: { value: number; title: Text };
}

export interface CategoriesStyle {
  kind: 'categories';
  title: Text;
  field: string;
  categories: { value: string | number; title: Text; symbol: Mark }[];
  other: Mark;
}

export interface RampStyle {
  kind: 'ramp';
  title: Text;
  unit: string;
  stops: { value: number; colour: string }[];
}

export interface PaletteStyle {
  kind: 'palette';
  title: Text;
  entries: { value: number; colour: string; title: Text }[];
}

export type Style = SimpleStyle | ClassesStyle | CategoriesStyle | RampStyle | PaletteStyle;

export interface RasterValue {
  value: number | null;
  unit?: string | null;
  label?: string | null;
  /** The standard error of an estimate, in the same unit. */
  error?: number | null;
}

export interface IndicatorHead {
  code: string;
  title: string;
  definition: string;
  unit: string;
  direction: 'more_is_better' | 'less_is_better' | 'neither';
  digits: number;
  periods: number[];
}

export interface IndicatorTheme {
  id: string;
  title: string;
  indicators: IndicatorHead[];
}

/** What an indicator is; `per` is what it can be told per. */
export interface Indicator extends IndicatorHead {
  theme: string;
  /** The rule by which parts make a whole; of a sum alone circles are the size. */
  aggregation: string;
  attribution: string;
  per: { id: string; title: string }[];
}

export interface IndicatorValues {
  code: string;
  values: {
    territory_id: string;
    territory_kind: string;
    period: number;
    value: number | null;
    flag: string;
  }[];
}

/** `name` says what the values are, and what they are told per. */
export interface IndicatorClasses {
  name: string;
  unit: string;
  digits: number;
  period: number;
  method: string;
  title: string;
  breaks: number[];
  centre: number | null;
  classes: { colour: string; count: number }[];
}

export interface ProcessHead {
  id: string;
  title: string;
  description: string;
}

export interface ProcessDescription extends ProcessHead {
  inputs: Record<string, InputDescription>;
  'altai:example'?: { inputs: Record<string, unknown> };
  'altai:method'?: { formula: string; citations: string[] };
}

export interface Job {
  jobID: string;
  processID: string;
  status: 'accepted' | 'running' | 'successful' | 'failed' | 'dismissed';
  message: string;
  progress?: number;
  'altai:inputs'?: Record<string, unknown>;
  links: Link[];
}

/** What a result is drawn of: fields of its features, or keys of the rows of a table of its summary. */
export type ChartTold =
  | { kind: 'scatter'; x: string; y: string; line: 'means' | 'equal'; table?: string }
  | { kind: 'bars'; value: string; ascending: boolean; table?: string }
  | { kind: 'intervals'; value: string; low: string; high: string; ascending: boolean }
  | { kind: 'profiles'; table: string };

export interface Summary {
  text: Text;
  flags: { text: Text; units: (string | number)[] }[];
  left_out: { text: Text; units: (string | number)[] }[];
  figures: Record<string, { title: Text; value: Value | Text; unit?: string }>;
  tables: Record<string, unknown>;
  /** None in results that are older than charts. */
  chart?: ChartTold;
  'altai:made': {
    inputs: Record<string, number>;
    parameters: Record<string, unknown>;
    seed: number | null;
    code: string;
  };
}

export interface JobResults {
  result: { href: string; title: string };
  /** Of an interpolation: how sure its result is, and lines of it. */
  error?: { href: string; title: string };
  contours?: { href: string; title: string };
  summary: { value: Summary };
}

/** An indicator of a territory: its last value, its place among the units, and the value of the whole. */
export interface Figure {
  code: string;
  title: string;
  theme: string;
  unit: string;
  digits: number;
  period: number;
  value: number | null;
  flag: string;
  source: string | null;
  /** Numbers of its sources. */
  notes: number[];
  place: number | null;
  /** So many units have this place together. */
  shared: number | null;
  of: number | null;
  grid: Grid | null;
  /** The grid cannot tell the value, which has no place therefore. */
  is_too_fine: boolean;
  whole: number | null;
  can_be_taken_together: boolean;
  is_key: boolean;
  href: string;
}

/** The cells of a raster, and how many of them a territory has. */
export interface Grid {
  minutes: number;
  width_km: number;
  height_km: number;
  cells: number;
}

/** What is said beside all that comes of a raster. */
export interface OfRaster {
  period: number | null;
  grid: Grid | null;
  notes: number[];
}

export interface Named {
  id: string;
  name: string;
  href: string;
}

export interface Passport {
  title: string;
  units: Named[];
  indicators: Figure[];
  charts: {
    id: string;
    title: string;
    notes: number[];
    parts_of_whole: boolean;
    parts: { title: string; value: number; unit: string; digits: number; period: number; share: number }[];
  }[];
  land_cover: { title: string; colour: string; share: number }[];
  land_cover_of: OfRaster | null;
  elevation: ({ lowest: number; highest: number } & OfRaster) | null;
  contents: {
    layer: string;
    title: string;
    count: number;
    notes: number[];
    features: (Named & { kind: string | null; size: number | null; unit: string | null })[];
  }[];
  neighbours: Named[];
  neighbours_notes: number[];
  beyond_notes: number[];
  beyond: (Named & { region: string | null; country: string | null })[];
  peers: { indicators: { title: string }[]; units: (Named & { distance: number })[] };
  members: (Named & {
    values: { code: string; period: number; value: number | null; place: number | null }[];
    peers: Named[];
  })[];
  sources: { number: number; attribution: string; licence: string; periods: number[] }[];
}

export interface Found {
  layer: string;
  layer_title: string;
  name: string;
  /** No name holds what was asked for; this one is like it. */
  approximate: boolean;
}

export type SearchPage = FeatureCollection<Point | null, Found>;

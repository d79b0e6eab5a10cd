/** What the page tells the chart, and what the server answers it. */

import type { Language } from '../contract';

/** A series of the station, as the page has it. `unit` is as the reader's language writes it, `code` as files do. */
export interface Offered {
  parameter: string;
  title: string;
  unit: string;
  code: string;
  digits: number;
  totals: 'mean' | 'sum' | 'direction';
  normal: string | null;
  substance: string | null;
  synthetic: boolean;
  /** Milliseconds since 1970. */
  first: number;
  last: number;
  /** Milliseconds between two values; null where that is not known. */
  step: number | null;
}

export interface Page {
  station: string;
  name: string;
  language: Language;
  /** Root of all addresses, which ends with a slash. */
  root: string;
  series: Offered[];
}

export const BUCKETS = ['raw', 'hour', 'day', 'week', 'month', 'year'] as const;
export type Bucket = (typeof BUCKETS)[number];

/** Points in time with what was there; a null makes a gap. Times are seconds since 1970. */
export interface Points {
  time: number[];
  value: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  count: (number | null)[];
}

/** A limit, in the unit of the series. It is in force from one moment to another, milliseconds since 1970; null is an
 * end that no source tells. A disputed one has rivals: other sources tell another value. */
export interface Norm {
  id: string;
  title: string;
  value: number;
  minimum: boolean;
  from: number | null;
  until: number | null;
  source: string;
  disputed: boolean;
}

/** What of the chart is in the address: choices by name, and the stretch that is seen, if it is no whole period. */
export type Chosen = Partial<Record<'parameter' | 'period' | 'bucket' | 'from' | 'to', string>>;

/** Where the chart keeps what was chosen in it. */
export interface Place {
  recall(): Chosen;
  remember(chosen: Chosen): void;
}

/** The element that the page is known to have. */
export function element<T extends HTMLElement = HTMLElement>(
  selector: string,
  within: ParentNode = document,
): T {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

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

/** A measured series that has been silent for so long gives way to a made-up one that goes on, as on the server. */
const STALE = 31 * 86_400_000;
const STALE_STEPS = 3;

type Named = Pick<Offered, 'parameter' | 'synthetic' | 'last' | 'step'>;

const kindOf = ({ parameter, synthetic }: Named): string =>
  `${parameter}_${synthetic ? 'synthetic' : 'measured'}`;

/** A station may have two series of a parameter, a measured and a made-up one. */
export const isDouble = (one: Named, all: readonly Named[]): boolean =>
  all.some((other) => other !== one && other.parameter === one.parameter);

/** What a choice calls a series: its parameter, and where there are two of it also which one. */
export const keyOf = (one: Named, all: readonly Named[]): string =>
  isDouble(one, all) ? kindOf(one) : one.parameter;

/** The series that a choice means; where it does not say which of two, the one that the server takes. */
export function chosenOf<T extends Named>(key: string | undefined, all: readonly T[]): T | undefined {
  const meant = all.filter((one) => one.parameter === key || kindOf(one) === key);
  const measured = meant.find(({ synthetic }) => !synthetic);
  const made = meant.find(({ synthetic }) => synthetic);
  if (!measured || !made) return meant[0];
  const patience = Math.max(STALE, STALE_STEPS * (measured.step ?? 0));
  return made.last - measured.last > patience ? made : measured;
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

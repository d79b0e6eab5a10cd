/** What the server answers of stations and their series: the parts that the monitoring relies on. */

/** From the one that a reader should see first. */
export const STATUSES = ['above', 'near', 'below', 'silent', 'no_norm'] as const;
export type Status = (typeof STATUSES)[number];

/** What is told of a parameter wherever it stands. `unit_title` is as the reader's language writes it. */
export interface About {
  parameter: string;
  title: string;
  unit: string;
  unit_title: string;
  digits: number;
  totals: 'mean' | 'sum' | 'direction';
  synthetic: boolean;
  note: string | null;
}

export interface Measured extends About {
  medium: string | null;
  stations: number;
  synthetic_stations: number;
  limits: number;
  first: string;
  last: string;
  /** Seconds between two values, mostly. */
  step: number | null;
}

export interface Place {
  station: string;
  name: string;
  medium: string | null;
  longitude: number | null;
  latitude: number | null;
}

/** How a series stands: `compared` is what was held against the limit that decides, whose value is `bound`. */
export interface Row extends Place {
  parameter: string;
  /** Of a station's own list alone. */
  title?: string;
  value: number;
  unit: string;
  time: string;
  synthetic: boolean;
  status: Status;
  status_title: string;
  limit: string | null;
  averaging: string | null;
  compared: number | null;
  begin: string | null;
  bound: number | null;
  multiple: number | null;
}

export interface Limit {
  limit: string;
  norm_title: string;
  averaging_title: string;
  value: number;
  unit: string;
  value_in_unit: number;
  valid_from: string | null;
  source: string;
  rivals: { limit: string; value: number; unit: string; source: string }[];
}

export interface Standings extends About {
  rule: string;
  statuses: { status: Status; title: string; count: number }[];
  limits: Limit[];
  stations: Row[];
}

export interface Frames extends About {
  bucket: string;
  statistic: string;
  times: string[];
  stations: (Place & { synthetic: boolean; values: (number | null)[] })[];
}

export interface Alert {
  id: number;
  title: string;
  kind: 'exceedance' | 'silence';
  state: 'open' | 'closed' | 'withdrawn';
  station: string;
  parameter: string | null;
  synthetic: boolean;
  begin: string;
  end: string | null;
  limit: string | null;
  peak: number | null;
  unit: string | null;
  multiple: number | null;
}

export interface Alerts {
  alerts: Alert[];
  numberMatched: number;
}

export interface SeriesOf extends About {
  normal: string | null;
  substance: string | null;
  first: string;
  last: string;
  step: number | null;
}

export interface Station {
  id: string;
  name: string;
  medium: string | null;
  properties: Record<string, string | number | null>;
  series: SeriesOf[];
}

export interface Episodes {
  results: {
    limit: string;
    averaging_title: string;
    norm_title: string;
    value_in_unit: number;
    episodes: { begin: string; end: string; peak: number; multiple: number | null; count: number }[];
  }[];
}

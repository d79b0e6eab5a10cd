/** Values of one indicator for all units and years, and what is asked of them: pure. */

import type { IndicatorHead, IndicatorValues } from '../contract';

export interface Ranked {
  unit: string;
  value: number;
  /** From 1 on, the best first; equal values share it. */
  place: number;
  /** So many have it together. */
  shared: number;
}

export class Figures {
  private readonly values = new Map<string, Map<number, number>>();
  private readonly groups = new Map<string, Map<number, number>>();
  readonly periods: readonly number[];

  constructor(
    readonly head: IndicatorHead,
    answer: IndicatorValues,
  ) {
    const periods = new Set<number>();
    for (const row of answer.values) {
      periods.add(row.period);
      if (row.value === null) continue;
      const into = row.territory_kind === 'unit' ? this.values : this.groups;
      const known = into.get(row.territory_id) ?? new Map<number, number>();
      into.set(row.territory_id, known.set(row.period, row.value));
      if (row.territory_kind === 'region') this.wholeId = row.territory_id;
    }
    this.periods = [...periods].sort((a, b) => a - b);
  }

  private wholeId = '';

  /** The last year in which any unit has a value. */
  get last(): number {
    const filled = this.periods.filter((period) => this.ranked(period).length > 0);
    return filled.at(-1) ?? this.periods.at(-1) ?? 0;
  }

  of(unit: string, period: number): number | null {
    return this.values.get(unit)?.get(period) ?? null;
  }

  /** The value of all units together, where there is one. */
  whole(period: number): number | null {
    return this.groups.get(this.wholeId)?.get(period) ?? null;
  }

  /** Units with a value in a year by their place: the largest first, or the least where less is better. */
  ranked(period: number): Ranked[] {
    const sign = this.head.direction === 'less_is_better' ? 1 : -1;
    const found = [...this.values].flatMap(([unit, years]) => {
      const value = years.get(period);
      return value === undefined ? [] : [{ unit, value, place: 0, shared: 1 }];
    });
    found.sort((a, b) => sign * (a.value - b.value) || a.unit.localeCompare(b.unit));
    found.forEach((each, at) => {
      const before = found[at - 1];
      each.place = before && before.value === each.value ? before.place : at + 1;
    });
    for (const each of found) each.shared = found.filter(({ place }) => place === each.place).length;
    return found;
  }

  /** Years and values of a unit, or of the whole (null), where it has any. */
  series(unit: string | null): [year: number, value: number][] {
    const years = unit === null ? this.groups.get(this.wholeId) : this.values.get(unit);
    return [...(years ?? [])].sort((a, b) => a[0] - b[0]);
  }
}

/** The place of a unit among some of them: "2nd of 6". */
export function placeAmong(ranked: readonly Ranked[], unit: string, among: readonly string[]): number | null {
  const mine = ranked.find((each) => each.unit === unit);
  if (!mine) return null;
  const better = ranked.filter((each) => among.includes(each.unit) && each.place < mine.place);
  return better.length + 1;
}

/** A file for spreadsheets: quoted where it must be (RFC 4180). */
export function csv(rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null): string => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

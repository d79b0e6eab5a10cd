/** What the second map shows beside the first, and how: as a link has it. */

import { type Choice, formatChoice, parseChoice } from '../thematic/choice';

export type TwinForm = 'side' | 'swipe';

export interface Twin {
  form: TwinForm;
  /** Where the divider stands, percent of the width that is free. */
  at?: number;
  choice: Choice;
}

export const MIDDLE = 50;

/** `side/wage_total/period:2020`, or `swipe:40/…` with the place of the divider. */
export function parseTwin(text: string): Twin | undefined {
  const [, form, at, rest = ''] = /^(side|swipe)(?::(\d{1,3}))?\/(.+)$/.exec(text) ?? [];
  const choice = parseChoice(rest);
  if (!form || !choice || choice.symbols || Number(at ?? 0) > 100) return undefined;
  return { form: form as TwinForm, ...(at !== undefined && { at: Number(at) }), choice };
}

export const formatTwin = ({ form, at, choice }: Twin): string =>
  `${form}${at === undefined || at === MIDDLE ? '' : `:${at}`}/${formatChoice(choice)}`;

/** Where a key moves the divider, percent; undefined for a key that does not. */
export function moved(at: number, key: string): number | undefined {
  const to = {
    ArrowLeft: at - 2,
    ArrowRight: at + 2,
    PageUp: at - 10,
    PageDown: at + 10,
    Home: 0,
    End: 100,
  }[key];
  return to === undefined ? undefined : Math.min(100, Math.max(0, to));
}

/** What is offered first: the same in the year before, or the next indicator where there is but one year. */
export function neighbour(choice: Choice, periods: readonly number[], codes: readonly string[]): Choice {
  const { symbols, period, ...same } = choice;
  const at = periods.indexOf(period ?? periods.at(-1) ?? 0);
  const other = periods[at - 1] ?? periods[at + 1];
  if (other !== undefined) return { ...same, period: other };
  return { code: codes[(codes.indexOf(choice.code) + 1) % codes.length] ?? choice.code };
}

/** Two rasters: that of the first map, and that of the second in its place. */
export interface RasterPair {
  first: string;
  second: string;
}

/** `result_1:result_1_error`. */
export function parseRasters(text: string): RasterPair | undefined {
  const [, first, second] = /^(\w+):(\w+)$/.exec(text) ?? [];
  return first && second && first !== second ? { first, second } : undefined;
}

export const formatRasters = ({ first, second }: RasterPair): string => `${first}:${second}`;

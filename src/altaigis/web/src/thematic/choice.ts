/** Which indicator is on the map, and how it is shown. */

export interface Choice {
  code: string;
  /** A year; the last one that there is, if absent. */
  period?: number;
  /** What the indicator is told per: as the server offers it for sums. */
  per?: string;
  /** How the breaks of its classes are found; the indicator's own way, if absent. */
  method?: string;
  count?: number;
  palette?: string;
  /** Colours from the value of the krai in both directions. */
  diverging?: boolean;
  /** Circles whose areas stand for the values, instead of coloured areas. */
  symbols?: boolean;
}

const NUMBERS = new Set(['period', 'count']);
const TEXTS = new Set(['per', 'method', 'palette']);
const MARKS = new Set(['diverging', 'symbols']);

const WORD = /^[a-z][\w-]*$/i;

/** `wage_total/period:2024/method:jenks/symbols`; what makes no sense is undefined. */
export function parseChoice(text: string): Choice | undefined {
  const [code = '', ...parts] = text.split('/');
  if (!WORD.test(code)) return undefined;
  const choice: Record<string, unknown> = { code };
  for (const part of parts) {
    const [name = '', value] = part.split(':');
    if (MARKS.has(name) && value === undefined) choice[name] = true;
    else if (NUMBERS.has(name) && /^\d{1,4}$/.test(value ?? '')) choice[name] = Number(value);
    else if (TEXTS.has(name) && WORD.test(value ?? '')) choice[name] = value;
    else return undefined;
  }
  return choice as unknown as Choice;
}

/** A link's text that `parseChoice` reads back. */
export function formatChoice({ code, ...rest }: Choice): string {
  const parts = Object.entries(rest).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return [value === true ? name : `${name}:${value}`];
  });
  return [code, ...parts].join('/');
}

/** Ways to class and palettes, as the server knows them. */
const METHODS = ['quantile', 'jenks', 'equal', 'head_tail', 'std'];
const PALETTES = ['YlGnBu', 'YlGn', 'PuBu', 'OrRd', 'Greys'];
/** Those that find the number of classes themselves. */
export const COUNTING = new Set(['head_tail', 'std']);
const [FEWEST, MOST] = [2, 12];

/** A choice without the parts that its indicator cannot have; what was left out, as the link has it. `bases` is what
 * it can be told per, null where that is not known. */
export function mended(
  choice: Choice,
  { periods, bases }: { periods: readonly number[]; bases: readonly string[] | null },
): { choice: Choice; left: string[] } {
  const { period, per, method, count, palette } = choice;
  const isWrong: Partial<Record<keyof Choice, boolean>> = {
    period: period !== undefined && periods.length > 0 && !periods.includes(period),
    per: per !== undefined && bases !== null && !bases.includes(per),
    method: method !== undefined && !METHODS.includes(method),
    count: count !== undefined && (count < FEWEST || count > MOST),
    palette: palette !== undefined && !PALETTES.includes(palette),
  };
  const wrong = Object.entries(choice).filter(([name]) => isWrong[name as keyof Choice]);
  const kept = Object.entries(choice).filter(([name]) => !isWrong[name as keyof Choice]);
  return {
    choice: Object.fromEntries(kept) as unknown as Choice,
    left: wrong.map(([name, value]) => `${name}:${value}`),
  };
}

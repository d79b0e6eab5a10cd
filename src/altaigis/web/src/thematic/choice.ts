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

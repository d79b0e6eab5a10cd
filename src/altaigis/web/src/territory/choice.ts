/** Which units are picked, whose passport is open, and what is compared: as a link has it. */

export type Form = 'table' | 'bar' | 'line' | 'scatter';

export const FORMS: readonly Form[] = ['table', 'bar', 'line', 'scatter'];

/** How units are compared; the indicators are those of the form before them, if absent. */
export interface Comparison {
  form: Form;
  x?: string;
  y?: string;
}

/** As many as there are units. */
const MOST = 69;
const WORD = /^[a-z][a-z0-9_]*$/;

const isForm = (text: string): text is Form => (FORMS as readonly string[]).includes(text);

/** `smolensky,altaysky`: each once; what is no id makes no sense of the whole. */
export function parseUnits(text: string): string[] | undefined {
  const units = [...new Set(text.split(','))];
  return units.length <= MOST && units.every((unit) => WORD.test(unit)) ? units : undefined;
}

/** `scatter/pop_density/wage_total`. */
export function parseComparison(text: string): Comparison | undefined {
  const [form = '', x, y, ...rest] = text.split('/');
  const codes = [x, y].filter((code) => code !== undefined);
  if (!isForm(form) || rest.length > 0 || !codes.every((code) => WORD.test(code))) return undefined;
  return { form, ...(x && { x }), ...(y && { y }) };
}

export const formatComparison = ({ form, x, y }: Comparison): string =>
  [form, x, x && y].filter(Boolean).join('/');

/** Take a unit in, or out where it is in. */
export const toggled = (units: readonly string[], unit: string): string[] =>
  units.includes(unit) ? units.filter((each) => each !== unit) : [...units, unit];

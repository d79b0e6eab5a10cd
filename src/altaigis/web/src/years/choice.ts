/** Which years of the indicator are seen together: as a link has it. */

export type Years = 'all' | readonly number[];

/** `all`, or `2018,2020,2024`. */
export function parseYears(text: string): Years | undefined {
  if (text === 'all') return text;
  const years = [...new Set(text.split(','))];
  return years.every((year) => /^\d{4}$/.test(year)) ? years.map(Number).sort((a, b) => a - b) : undefined;
}

export const formatYears = (years: Years): string => (years === 'all' ? years : years.join(','));

/** Take a year in, or out where it is in; the last one stays. */
export function toggledYear(years: readonly number[], year: number): readonly number[] {
  if (!years.includes(year)) return [...years, year].sort((a, b) => a - b);
  return years.length > 1 ? years.filter((each) => each !== year) : years;
}

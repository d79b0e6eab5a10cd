/** From values to places on an axis: pure. */

/** Round numbers that cover a span in about so many steps. */
export function ticks(low: number, high: number, count = 4): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const found: number[] = [];
  for (let at = first; at * step <= high + step * 1e-9; at++) found.push(Number((at * step).toPrecision(12)));
  return found;
}

/** From one span to another, in proportion. */
export const scale =
  (low: number, high: number, from: number, to: number) =>
  (value: number): number =>
    high === low ? (from + to) / 2 : from + ((value - low) / (high - low)) * (to - from);

export interface Span {
  low: number;
  high: number;
  ticks: number[];
  scale: (from: number, to: number) => (value: number) => number;
}

/** An axis that has room for values. Where few are many times the others it is one of powers of ten: what lies
 * crowded at its beginning would not be seen apart. */
export function span(values: readonly number[]): Span {
  const ordered = [...values].sort((a, b) => a - b);
  const [least, most] = [ordered[0] ?? 0, ordered.at(-1) ?? 0];
  const middle = ordered[Math.floor(ordered.length / 2)] ?? 0;
  const isSkewed = least > 0 && most / middle > SKEWED;
  const into = (value: number) => (isSkewed ? Math.log10(value) : value);
  const back = (value: number) => (isSkewed ? 10 ** value : value);
  const room = (into(most) - into(least) || 1) * 0.05;
  const [low, high] = [into(least) - room, into(most) + room];
  const powers = Array.from({ length: 24 }, (_, at) => 10 ** (at - 12));
  const between = (value: number) => into(value) >= low && into(value) <= high;
  return {
    low: back(low),
    high: back(high),
    ticks: isSkewed ? powers.filter(between) : ticks(low, high),
    scale: (from, to) => {
      const place = scale(low, high, from, to);
      return (value) => place(into(value));
    },
  };
}

/** So many times the middle one. */
const SKEWED = 20;

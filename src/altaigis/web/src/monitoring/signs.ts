/** How stations look: by status in shape and colour (Okabe and Ito), by value in classes of colour. */

import type { Mark, Shape } from '../contract';
import { classOf } from '../style';
import type { Status } from './contract';

const mark = (shape: Shape, fill: string | null, stroke: string, radius: number): Mark => ({
  shape,
  fill,
  stroke,
  width: fill ? 1.2 : 2,
  radius,
  opacity: 1,
  dash: [],
});

/** No two are alike without their colours. */
export const SIGNS: Record<Status, Mark> = {
  above: mark('triangle', '#D55E00', '#ffffff', 7),
  near: mark('diamond', '#E69F00', '#ffffff', 6.5),
  below: mark('circle', '#009E73', '#ffffff', 6),
  silent: { ...mark('square', '#ffffff', '#4d4d4d', 5), width: 2 },
  no_norm: { ...mark('circle', '#ffffff', '#0072B2', 4.5), width: 2.2 },
};

/** Classes of values that stay the same through the whole time. */
export interface Classes {
  breaks: number[];
  colours: string[];
}

/** ColorBrewer's YlGnBu, and its RdBu from cold to warm around zero. */
const SEQUENTIAL = ['#ffffcc', '#a1dab4', '#41b6c4', '#2c7fb8', '#253494'];
const DIVERGING = ['#2166ac', '#67a9cf', '#d1e5f0', '#fddbc7', '#ef8a62', '#b2182b'];

/** Around zero where there are values on both sides of it; else as many values in each class. */
export function classesOf(values: readonly number[], digits: number): Classes {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[0], sorted.at(-1)];
  if (low < 0 && high > 0) {
    const step = nice(Math.max(-low, high) / 3);
    return { breaks: [-2 * step, -step, 0, step, 2 * step], colours: DIVERGING };
  }
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const bounds = [0.2, 0.4, 0.6, 0.8].map((share) => Number(at(share).toFixed(digits)));
  const breaks = [...new Set(bounds)].filter((bound) => bound > low);
  return { breaks, colours: SEQUENTIAL.slice(0, breaks.length + 1) };
}

/** The round number of one digit that is next to a number: 1, 2 or 5 and its tenfolds. */
export function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const share = value / power;
  return Number(((share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10) * power).toPrecision(2));
}

/** A station by its value; hollow where it has none. */
export function valueMark(value: number | null, { breaks, colours }: Classes): Mark {
  const index = classOf(value, breaks);
  if (index === null) return mark('circle', null, '#7a7468', 4);
  return mark('circle', colours[index] ?? '#ffffff', '#3d3a34', 7);
}

/** From a declared style and a feature's values to the symbol that draws it. */

import type { ClassesStyle, Feature, Mark, Properties, Style } from './contract';

/** A fill that stands for "no data": the map and the legend know the pattern by this name. */
export const NO_DATA_FILL = 'url(#no-data)';

export const PLAIN: Mark = {
  fill: '#8c8577',
  stroke: '#5f5a50',
  width: 1,
  radius: 5,
  opacity: 0.7,
  dash: [],
  shape: 'circle',
};

/** Index of a value's class; null for no data. A value that equals a break is in the class above it. */
export function classOf(value: unknown, breaks: readonly number[]): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  const above = breaks.findIndex((bound) => value < bound);
  return above === -1 ? breaks.length : above;
}

/** Where in the row of equally wide classes a value stands, from 0 to the number of classes. */
export function placeOf(value: number, breaks: readonly number[], low: number, high: number): number {
  const index = classOf(value, breaks) ?? 0;
  const from = breaks[index - 1] ?? low;
  const to = breaks[index] ?? high;
  const share = to > from ? (value - from) / (to - from) : 0.5;
  return index + Math.min(Math.max(share, 0), 1);
}

export interface Histogram {
  counts: number[];
  noData: number;
}

export function histogram(features: readonly Feature[], style: ClassesStyle): Histogram {
  const counts = style.colours.map(() => 0);
  let noData = 0;
  for (const feature of features) {
    const index = classOf(feature.properties?.[style.field], style.breaks);
    if (index === null) noData += 1;
    else counts[index] = (counts[index] ?? 0) + 1;
  }
  return { counts, noData };
}

/** The symbol of one feature. */
export function symbolOf(style: Style, properties: Properties | null): Mark {
  switch (style.kind) {
    case 'simple':
      return style.symbol;
    case 'classes': {
      const index = classOf(properties?.[style.field], style.breaks);
      return { ...style.symbol, fill: (index === null ? null : style.colours[index]) ?? NO_DATA_FILL };
    }
    case 'categories': {
      const value = properties?.[style.field];
      const category = style.categories.find((each) => String(each.value) === String(value));
      return category?.symbol ?? style.other;
    }
    default:
      return PLAIN;
  }
}

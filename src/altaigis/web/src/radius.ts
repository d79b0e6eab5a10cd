/** How large a circle is that stands for a value. */

/** Of the largest value, pixels. */
export const LARGEST = 30;
const SMALLEST = 1.5;

/** Radius of a value's circle, pixels: areas, not radii, are in proportion. */
export const radiusOf = (value: number, largest: number): number =>
  largest > 0 ? Math.max(SMALLEST, LARGEST * Math.sqrt(Math.abs(value) / largest)) : 0;

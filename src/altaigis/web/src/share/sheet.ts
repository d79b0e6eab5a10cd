/** Sheets that a map is put on, and where its parts lie there; all lengths in CSS pixels. */

import type { Size } from './words';

export interface Sheet {
  width: number;
  height: number;
  /** Dots for each of these pixels. */
  dots: number;
}

/** By the dots of the file: what is fine enough for paper has letters of the size of a book's. */
const FIXED: Record<Exclude<Size, 'screen'>, [width: number, height: number, dots: number]> = {
  slide: [1600, 1200, 1.5],
  landscape: [1754, 1240, 1.5],
  portrait: [1240, 1754, 1.5],
};

/** Of a sheet that is wider than high: the legend stands beside the map. */
export const COLUMN = 308;
export const HEAD = 48;
export const MARGIN = 16;
export const LINE = 15;

/** The sheet of a size; that of the screen has room for the whole map and for what is told of it. */
export function sheetOf(size: Size, map: { width: number; height: number }, lines: number): Sheet {
  if (size === 'screen')
    return { width: map.width + 2 * MARGIN + COLUMN, height: map.height + HEAD + footOf(lines), dots: 2 };
  const [width, height, dots] = FIXED[size];
  return { width: width / dots, height: height / dots, dots };
}

/** Height of what stands below the map. */
export const footOf = (lines: number): number => lines * LINE + 20;

/** How large the map is on a sheet. */
export const mapOn = (sheet: Sheet, lines: number): { width: number; height: number } => ({
  width: Math.floor(sheet.width - 2 * MARGIN - (sheet.width > sheet.height ? COLUMN : 0)),
  height: Math.floor(sheet.height - HEAD - footOf(lines)),
});

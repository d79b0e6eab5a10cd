/** The paper that charts are drawn on, as SVG: as wide as the drawer, and scaled where there is less room. */

import './chart.css';
import { s } from '../dom';

export const WIDTH = 480;

export const short = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** `height` in the units of the width, which is that of the drawer unless another is given. */
export function frame(
  { width = WIDTH, height }: { width?: number; height: number },
  label: string,
  ...content: SVGElement[]
): SVGSVGElement {
  const box = `0 0 ${width} ${height}`;
  return s(
    'svg',
    { class: 'chart', viewBox: box, role: 'group', tabindex: 0, 'aria-label': label },
    ...content,
  );
}

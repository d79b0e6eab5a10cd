/** Marks as SVG: the same drawing on the map and in the legend. */

import type { Mark, Shape } from './contract';
import { s } from './dom';

function polygon(corners: number, radius: number, inner = radius, turn = -90): string {
  const points = Array.from({ length: corners }, (_, i) => {
    const r = inner !== radius && i % 2 === 1 ? inner : radius;
    const angle = ((turn + (360 / corners) * i) * Math.PI) / 180;
    return `${(r * Math.cos(angle)).toFixed(2)} ${(r * Math.sin(angle)).toFixed(2)}`;
  });
  return `M${points.join('L')}Z`;
}

/** Outlines around the origin; sizes differ so that all shapes cover about the same area. */
const OUTLINES: Record<Shape, (r: number) => string> = {
  circle: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
  square: (r) => polygon(4, r * 1.25, r * 1.25, -45),
  triangle: (r) => polygon(3, r * 1.4),
  diamond: (r) => polygon(4, r * 1.3),
  star: (r) => polygon(10, r * 1.5, r * 0.65),
};

/** The outline of a mark around the origin, as the data of an SVG path. */
export const outline = ({ shape, radius }: Mark): string => OUTLINES[shape](radius);

/** Edge of the square that a mark needs, in pixels. */
const markSize = (mark: Mark): number => Math.ceil(mark.radius * 3 + mark.width * 2);

export function markIcon(mark: Mark): SVGSVGElement {
  const size = markSize(mark);
  return s(
    'svg',
    {
      width: size,
      height: size,
      viewBox: `${-size / 2} ${-size / 2} ${size} ${size}`,
      'aria-hidden': 'true',
    },
    s('path', {
      d: outline(mark),
      fill: mark.fill ?? 'none',
      'fill-opacity': mark.opacity,
      stroke: mark.stroke ?? 'none',
      'stroke-width': mark.width,
      'stroke-linejoin': 'round',
    }),
  );
}

/** A legend's sample of a line, an area or a hatched zone. */
export function sample(mark: Mark, form: 'line' | 'area' | 'zone'): SVGSVGElement {
  const stroke = {
    stroke: mark.stroke ?? 'none',
    'stroke-width': Math.max(mark.width, 1),
    'stroke-dasharray': mark.dash.join(' ') || null,
  };
  const drawing =
    form === 'line'
      ? s('path', { d: 'M1 11C7 3 13 13 21 4', fill: 'none', ...stroke })
      : s('rect', {
          x: 1.5,
          y: 1.5,
          width: 19,
          height: 11,
          rx: 2,
          fill:
            form === 'zone' && mark.dash.length === 0
              ? hatch(mark.stroke ?? mark.fill ?? '#555555')
              : (mark.fill ?? 'none'),
          'fill-opacity': mark.opacity,
          ...stroke,
        });
  return s('svg', { width: 22, height: 14, viewBox: '0 0 22 14', 'aria-hidden': 'true' }, drawing);
}

const patterns = s('defs');

interface Stripes {
  ground: string;
  line: string;
  gap: number;
  width: number;
  /** Degrees that an upright line is turned by. */
  turn: number;
}

function stripes(id: string, { ground, line, gap, width, turn }: Stripes): SVGPatternElement {
  return s(
    'pattern',
    { id, width: gap, height: gap, patternUnits: 'userSpaceOnUse', patternTransform: `rotate(${turn})` },
    s('rect', { width: gap, height: gap, fill: ground }),
    s('rect', { width, height: gap, fill: line }),
  );
}

/** A fill of stripes in a colour; its pattern is made at first use. */
export function hatch(colour: string): string {
  const id = `hatch-${colour.slice(1)}`;
  if (!patterns.querySelector(`[id="${id}"]`)) {
    patterns.append(stripes(id, { ground: 'transparent', line: colour, gap: 9, width: 1.1, turn: 45 }));
  }
  return `url(#${id})`;
}

/** Put the patterns into the page once; `no-data` is grey, and leans against the hatching of zones that lie over it. */
export function installPatterns(): void {
  patterns.append(
    stripes('no-data', {
      ground: 'var(--no-data)',
      line: 'var(--no-data-line)',
      gap: 6,
      width: 1.2,
      turn: -45,
    }),
  );
  document.body.append(s('svg', { width: 0, height: 0, class: 'patterns', 'aria-hidden': 'true' }, patterns));
}

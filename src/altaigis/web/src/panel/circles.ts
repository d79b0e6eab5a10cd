/** The key of circles on the map: three of them, one in the other, with their values. */

import type { Language } from '../contract';
import { h, s } from '../dom';
import { MESSAGES } from '../i18n';
import { LARGEST, radiusOf } from '../radius';
import type { Numbers } from '../thematic/numbers';

const SHARES = [1, 0.25, 0.05];
const WIDTH = 264;

/** A value of one or two significant digits near this one. */
function round(value: number): number {
  const scale = 10 ** Math.floor(Math.log10(value));
  return value > 0 ? Math.round((value / scale) * 2) * (scale / 2) : 0;
}

export function circlesKey(numbers: Numbers, language: Language): HTMLElement {
  const t = MESSAGES[language];
  const { largest } = numbers;
  const foot = 2 * LARGEST + 4;
  const circles = SHARES.flatMap((share) => {
    const value = share === 1 ? largest : round(largest * share);
    const radius = radiusOf(value, largest);
    const top = foot - 2 * radius;
    return [
      s('circle', { class: 'key-circle', cx: LARGEST + 2, cy: foot - radius, r: radius }),
      s('line', { class: 'key-line', x1: LARGEST + 2, x2: 2 * LARGEST + 24, y1: top, y2: top }),
      s('text', { x: 2 * LARGEST + 28, y: top + 4 }, numbers.text(value, language)),
    ];
  });
  return h(
    'div',
    { class: 'legend-part', 'data-legend': 'circles' },
    h('h2', {}, numbers.title),
    s(
      'svg',
      { class: 'circles', viewBox: `0 -6 ${WIDTH} ${foot + 10}`, role: 'img', 'aria-label': t.circlesKey },
      ...circles,
    ),
    numbers.hasNegative ? h('p', { class: 'circles-below' }, dashed(), ` ${t.circlesBelow}`) : null,
    h('p', {}, t.circlesKey),
    numbers.attribution ? h('p', {}, `${t.source}: ${numbers.attribution}`) : null,
  );
}

const dashed = (): SVGSVGElement =>
  s(
    'svg',
    { width: 16, height: 16, 'aria-hidden': 'true' },
    s('circle', { class: 'key-below', cx: 8, cy: 8, r: 6.5 }),
  );

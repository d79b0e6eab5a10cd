/** The units of a layer over the colours of their classes: a bar a class, bounds below, a mark for what is pointed at. */

import type { ClassesStyle, Language } from '../contract';
import { s } from '../dom';
import { number } from '../format';
import { MESSAGES } from '../i18n';
import { placeOf } from '../style';
import { boundText, rangeText } from '../words';

const WIDTH = 264;
const HEIGHT = 64;
/** Where the bounds are written; those that have no room beside their neighbours are a row lower. */
const ROWS = [18, 31] as const;
/** About the width of a figure, and of the gap between two bounds. */
const FIGURE = 6.2;
const GAP = 5;

interface Told {
  style: ClassesStyle;
  /** Of the classes, from the lowest. */
  counts: readonly number[];
  /** The least and the greatest value. */
  range: readonly [low: number, high: number];
}

export class Histogram {
  readonly element: SVGSVGElement;
  private readonly pointer = s('path', { class: 'pointer', d: 'M0 0l-4.5 6h9z', visibility: 'hidden' });

  constructor(
    private readonly told: Told,
    language: Language,
    light: (index: number | null) => void,
  ) {
    const { style, counts } = told;
    const step = WIDTH / counts.length;
    const bars = counts.map((_, index) => this.bar(index, step, language, light));
    const bounds = boundsOf(style, step, language);
    const lowest = Math.max(ROWS[0], ...bounds.map(({ row }) => ROWS[row] ?? 0));
    this.element = s(
      'svg',
      {
        viewBox: `-1 0 ${WIDTH + 2} ${HEIGHT + lowest + 4}`,
        class: 'histogram',
        role: 'group',
        'aria-label': MESSAGES[language].unitsAxis,
      },
      ...bars,
      ...bounds.flatMap(({ x, row, text, central }) => [
        row > 0 ? s('line', { class: 'tick', x1: x, x2: x, y1: HEIGHT + 7, y2: HEIGHT + 21 }) : null,
        central ? s('line', { class: 'centre', x1: x, x2: x, y1: 0, y2: HEIGHT + 7 }) : null,
        s('text', { x, y: HEIGHT + (ROWS[row] ?? 0), class: central ? 'bound central' : 'bound' }, text),
      ]),
      this.pointer,
    );
  }

  /** Mark where a value stands; null takes the mark away. */
  mark(value: number | null): void {
    if (value !== null) {
      const { style, range } = this.told;
      const x = (placeOf(value, style.breaks, ...range) * WIDTH) / style.colours.length;
      this.pointer.setAttribute('transform', `translate(${x.toFixed(1)} ${HEIGHT + 1})`);
    }
    this.pointer.setAttribute('visibility', value === null ? 'hidden' : 'visible');
  }

  private bar(
    index: number,
    step: number,
    language: Language,
    light: (index: number | null) => void,
  ): SVGElement {
    const { style, counts } = this.told;
    const units = counts[index] ?? 0;
    const height = units === 0 ? 1.5 : Math.max(3, ((HEIGHT - 16) * units) / Math.max(...counts, 1));
    const said = `${rangeText(index, style.breaks, language)}: ${MESSAGES[language].units(units)}`;
    const lit = () => light(index);
    const out = () => light(null);
    return s(
      'g',
      {
        class: 'bar',
        tabindex: 0,
        role: 'img',
        'aria-label': said,
        'data-testid': 'legend-class',
        mouseenter: lit,
        mouseleave: out,
        focus: lit,
        blur: out,
      },
      s('title', {}, said),
      s('rect', { class: 'catch', x: index * step, y: 0, width: step, height: HEIGHT + 6 }),
      s('rect', {
        x: index * step + 0.5,
        y: HEIGHT - height,
        width: step - 1,
        height: height + 6,
        fill: style.colours[index] ?? 'none',
        'fill-opacity': style.symbol.opacity,
      }),
      s(
        'text',
        { x: (index + 0.5) * step, y: HEIGHT - height - 4, class: 'count' },
        number(units, language, 0),
      ),
    );
  }
}

interface Bound {
  x: number;
  /** The row that has room for it. */
  row: number;
  text: string;
  central: boolean;
}

/** The bounds that have room; of the others, the bars tell. */
function boundsOf({ breaks, centre }: ClassesStyle, step: number, language: Language): Bound[] {
  const ends: number[] = ROWS.map(() => Number.NEGATIVE_INFINITY);
  return breaks.flatMap((bound, index): Bound[] => {
    const text = boundText(bound, language);
    const width = text.length * FIGURE;
    const x = Math.min(Math.max((index + 1) * step, width / 2), WIDTH - width / 2);
    const row = ends.findIndex((end) => x - width / 2 >= end + GAP);
    if (row < 0) return [];
    ends[row] = x + width / 2;
    return [{ x, row, text, central: bound === centre?.value }];
  });
}

/** The charts of a comparison as SVG: every mark knows its unit, so that one pointed at is shown everywhere. */

import { frame, short, WIDTH } from '../chart/frame';
import { scale, span, ticks } from '../chart/scale';
import type { Language } from '../contract';
import { s } from '../dom';
import { fixed, number } from '../format';
import { unitName } from '../i18n';
import type { Figures } from './figures';
import { measure } from './measure';

/** Whom a chart is about. */
export interface Cast {
  picked: readonly string[];
  /** Those of the first that is picked. */
  peers: readonly string[];
  name: (unit: string) => string;
  whole: string;
  language: Language;
}

const ROW = 15;
const NAMES = 170;
/** Colours of lines that are told apart without seeing red and green (Okabe–Ito). */
const LINES = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'];

/** How a unit stands out. */
const role = (unit: string, { picked, peers }: Cast): string => {
  if (picked.includes(unit)) return 'mark is-picked';
  return peers.includes(unit) ? 'mark is-peer' : 'mark';
};

/** "Алтайский край: 58 302 руб." */
const ofWhole = (value: number, { head }: Figures, { whole, language }: Cast): string =>
  `${whole}: ${measure(value, head, language)}`;

/** All units by their place, a bar each, with the value of the whole as a line across. */
export function barChart(figures: Figures, period: number, cast: Cast, label: string): SVGSVGElement {
  const ranked = figures.ranked(period);
  const whole = figures.whole(period);
  const isSum = whole !== null && whole > (ranked[0]?.value ?? 0) * 1.5;
  const values = [0, ...ranked.map(({ value }) => value), ...(whole !== null && !isSum ? [whole] : [])];
  const x = scale(Math.min(...values), Math.max(...values), NAMES, WIDTH - 62);
  const rows = ranked.map(({ unit, value, place }, at) => {
    const y = at * ROW;
    const [from, to] = [x(0), x(value)].sort((a, b) => a - b) as [number, number];
    return s(
      'g',
      { class: role(unit, cast), 'data-unit': unit },
      s('rect', { class: 'hit', x: 0, y, width: WIDTH, height: ROW }),
      s('text', { x: 18, y: y + 11, class: 'place', 'text-anchor': 'end' }, String(place)),
      s('text', { x: 24, y: y + 11 }, short(cast.name(unit), 24)),
      s('rect', { class: 'length', x: from, y: y + 3, width: Math.max(to - from, 0.5), height: ROW - 6 }),
      s(
        'text',
        { x: Math.max(to, NAMES) + 4, y: y + 11, class: 'value' },
        fixed(value, cast.language, figures.head.digits),
      ),
    );
  });
  const height = ranked.length * ROW + 4;
  if (whole === null || isSum) return frame({ height: height }, label, ...rows);
  const line = s('line', { class: 'whole', x1: x(whole), x2: x(whole), y1: 0, y2: height });
  const said = s('text', { class: 'of-whole', x: x(whole), y: height + 12 }, ofWhole(whole, figures, cast));
  said.setAttribute('text-anchor', x(whole) > WIDTH - 120 ? 'end' : 'middle');
  return frame({ height: height + 18 }, label, line, ...rows, said);
}

/** A line a unit over the years, with the whole between them. */
export function lineChart(figures: Figures, cast: Cast, label: string): SVGSVGElement {
  const sums = figures.whole(figures.last) ?? 0;
  const lines = cast.picked.map((unit) => ({ unit, points: figures.series(unit) }));
  const most = Math.max(...lines.flatMap(({ points }) => points.map((point) => point[1])), 0);
  // A sum over all units would press the lines of the units together.
  const whole = Math.abs(sums) > 3 * Math.abs(most) ? [] : figures.series(null);
  const all = [...lines.flatMap(({ points }) => points), ...whole];
  const years = all.map((point) => point[0]);
  const values = all.map((point) => point[1]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  const x = scale(Math.min(...years), Math.max(...years), 64, WIDTH - 130);
  const y = scale(low - room, high + room, 250, 12);
  const grid = ticks(low - room, high + room).flatMap((value) => [
    s('line', { class: 'grid', x1: 64, x2: WIDTH - 130, y1: y(value), y2: y(value) }),
    s('text', { class: 'value', x: 60, y: y(value) + 4, 'text-anchor': 'end' }, number(value, cast.language)),
  ]);
  const below = [...new Set(years)]
    .sort()
    .map((year) => s('text', { class: 'value', x: x(year), y: 270, 'text-anchor': 'middle' }, String(year)));
  const ends = spread(
    [...lines.map(({ points }) => points), whole].map((points) => y(points.at(-1)?.[1] ?? 0)),
  );
  const draw = (unit: string | null, points: [number, number][], at: number): SVGElement => {
    const colour = unit === null ? undefined : LINES[at % LINES.length];
    const path = points.map(([year, value], i) => `${i ? 'L' : 'M'}${x(year)},${y(value)}`).join('');
    const title = unit === null ? cast.whole : cast.name(unit);
    return s(
      'g',
      { class: unit === null ? 'series is-whole' : 'series', ...(unit && { 'data-unit': unit }) },
      s('path', { d: path, ...(colour && { stroke: colour }) }),
      ...points.map(([year, value]) =>
        s(
          'circle',
          { cx: x(year), cy: y(value), r: 3.5, ...(colour && { fill: colour }) },
          s('title', {}, `${title}, ${year}: ${measure(value, figures.head, cast.language)}`),
        ),
      ),
      s('text', { x: WIDTH - 122, y: (ends[at] ?? 0) + 4 }, short(title, 19)),
    );
  };
  const drawn = lines.map(({ unit, points }, at) => draw(unit, points, at));
  return frame(
    { height: 280 },
    label,
    ...grid,
    ...below,
    ...(whole.length > 0 ? [draw(null, whole, lines.length)] : []),
    ...drawn,
  );
}

/** Labels moved apart, so that none covers another. */
export function spread(places: readonly number[], least = 13): number[] {
  const order = places.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at);
  const found = [...places];
  let last = Number.NEGATIVE_INFINITY;
  for (const { at, index } of order) {
    last = Math.max(at, last + least);
    found[index] = last;
  }
  return found;
}

export interface Axis {
  figures: Figures;
  period: number;
}

/** Two indicators against each other, with the values of the whole as cross-hairs. */
export function scatterChart(across: Axis, upwards: Axis, cast: Cast, label: string): SVGSVGElement {
  const { language } = cast;
  const upper = new Map(upwards.figures.ranked(upwards.period).map(({ unit, value }) => [unit, value]));
  const dots = across.figures.ranked(across.period).flatMap(({ unit, value }) => {
    const up = upper.get(unit);
    return up === undefined ? [] : [{ unit, x: value, y: up }];
  });
  const xs = span(dots.map((dot) => dot.x));
  const ys = span(dots.map((dot) => dot.y));
  const x = xs.scale(64, WIDTH - 12);
  const y = ys.scale(330, 12);
  const crosses = [
    { ...across, within: xs, vertical: true },
    { ...upwards, within: ys, vertical: false },
  ].flatMap(({ figures, period, within, vertical }) => {
    const at = figures.whole(period);
    // The sum of all units lies beyond every one of them.
    if (at === null || at < within.low || at > within.high) return [];
    const ends = vertical
      ? { x1: x(at), x2: x(at), y1: 12, y2: 330 }
      : { y1: y(at), y2: y(at), x1: 64, x2: WIDTH - 12 };
    const inward = x(at) > WIDTH / 2 ? { x: x(at) - 4, 'text-anchor': 'end' } : { x: x(at) + 4 };
    const label = vertical ? { ...inward, y: 326 } : { x: WIDTH - 12, y: y(at) - 4, 'text-anchor': 'end' };
    return [
      s('line', { class: 'whole', ...ends }),
      s('text', { class: 'of-whole', ...label }, ofWhole(at, figures, cast)),
    ];
  });
  const rank = (unit: string): number => (cast.picked.includes(unit) ? 2 : cast.peers.includes(unit) ? 1 : 0);
  const marks = [...dots]
    .sort((a, b) => rank(a.unit) - rank(b.unit))
    .map(({ unit, ...dot }) => {
      const said = [
        measure(dot.x, across.figures.head, language),
        measure(dot.y, upwards.figures.head, language),
      ];
      return s(
        'g',
        { class: role(unit, cast), 'data-unit': unit },
        s(
          'circle',
          { cx: x(dot.x), cy: y(dot.y), r: cast.picked.includes(unit) ? 6 : 4.5 },
          s('title', {}, `${cast.name(unit)}: ${said.join(', ')}`),
        ),
        s('text', { class: 'tag', x: x(dot.x) + 8, y: y(dot.y) + 4 }, short(cast.name(unit), 22)),
      );
    });
  const text = (value: number) => number(value, language);
  const axis = [
    ...xs.ticks.map((value) =>
      s('text', { class: 'value', x: x(value), y: 346, 'text-anchor': 'middle' }, text(value)),
    ),
    ...ys.ticks.map((value) =>
      s('text', { class: 'value', x: 60, y: y(value) + 4, 'text-anchor': 'end' }, text(value)),
    ),
    s('line', { class: 'grid', x1: 64, x2: WIDTH - 12, y1: 330, y2: 330 }),
    s('line', { class: 'grid', x1: 64, x2: 64, y1: 12, y2: 330 }),
    s(
      'text',
      { class: 'axis', x: WIDTH - 12, y: 364, 'text-anchor': 'end' },
      short(`${across.figures.head.title}, ${unitName(across.figures.head.unit, language)} →`, 70),
    ),
    s(
      'text',
      { class: 'axis', x: 66, y: 9 },
      short(`↑ ${upwards.figures.head.title}, ${unitName(upwards.figures.head.unit, language)}`, 70),
    ),
  ];
  return frame({ height: 370 }, label, ...axis, ...crosses, ...marks);
}

/** The chart of a result, as the server says what is in it: SVG whose marks know their feature. */

import { frame, short } from '../chart/frame';
import { lightMarks, linked } from '../chart/linked';
import { scale, span, ticks } from '../chart/scale';
import type { ChartTold, Field, Language } from '../contract';
import { h, s } from '../dom';
import { number } from '../format';
import { unitName } from '../i18n';
import type { Material, Row } from './rows';
import { WORDS } from './words';

/** As wide as the panel is. */
const WIDTH = 310;
const NAMES = 132;
const ROW = 16;
const [LEFT, BOTTOM] = [46, 240];

/** A feature pointed at in the chart, and one that is to be opened on the map. */
export interface ChartLinks {
  point: (id: string | null) => void;
  pick: (id: string) => void;
}

export interface ResultChart {
  element: HTMLElement;
  /** A feature is pointed at on the map. */
  light: (id: string | null) => void;
}

type Of<Kind extends ChartTold['kind']> = Material & { chart: Extract<ChartTold, { kind: Kind }> };

export function resultChart(material: Material, links: ChartLinks): ResultChart {
  const { chart, language } = material;
  const t = WORDS[language];
  const caption = chart.kind === 'scatter' ? t[chart.line] : { ...t, intervals: t.interval }[chart.kind];
  const said = h('p', { class: 'said', 'aria-live': 'polite' });
  const body = h('div', { class: 'scroll' }, draw(material, `${t.chart}. ${caption} ${t.chartKeys}`));
  const element = h(
    'figure',
    { 'data-testid': 'result-chart', 'data-kind': chart.kind },
    body,
    h('figcaption', {}, caption),
    said,
  );
  const light = (id: string | null) => {
    lightMarks(body, id);
    const row = material.rows.find((each) => each.id === id);
    said.textContent = row ? sentence(row, material) : '';
  };
  linked(body, {
    point: (id) => {
      light(id);
      links.point(id);
    },
    pick: links.pick,
  });
  return { element, light };
}

function draw(material: Material, label: string): SVGSVGElement {
  switch (material.chart.kind) {
    case 'scatter':
      return scatter(material as Of<'scatter'>, label);
    case 'bars':
      return bars(material as Of<'bars'>, label);
    case 'intervals':
      return intervals(material as Of<'intervals'>, label);
    default:
      return profiles(material as Of<'profiles'>, label);
  }
}

const numberOf = ({ values }: Row, name: string): number | null => {
  const value = values[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};

function told(value: number, field: Field | undefined, language: Language): string {
  const unit = field?.['x-ogc-unit'];
  const text = number(value, language, field?.['altai:digits'] ?? 2);
  return unit && unit !== '1' ? `${text}\u00a0${unitName(unit, language)}` : text;
}

function titled(name: string, { fields, language }: Material): string {
  const field = fields[name];
  const unit = field?.['x-ogc-unit'];
  return `${field?.title ?? name}${unit && unit !== '1' ? `, ${unitName(unit, language)}` : ''}`;
}

/** What is known of a row by the names that the chart draws. */
function sentence(row: Row, { chart, fields, language }: Material): string {
  const names =
    chart.kind === 'scatter'
      ? [chart.x, chart.y]
      : chart.kind === 'intervals'
        ? [chart.value, chart.low, chart.high]
        : chart.kind === 'bars'
          ? [chart.value]
          : [];
  const parts = names.flatMap((name) => {
    const value = numberOf(row, name);
    return value === null ? [] : [`${fields[name]?.title ?? name}: ${told(value, fields[name], language)}`];
  });
  return [row.name, ...parts].join('. ');
}

const mark = (row: Row, ...content: SVGElement[]): SVGElement =>
  s('g', { class: row.colour ? 'mark own' : 'mark', 'data-unit': row.id }, ...content);

const fill = ({ colour }: Row) => (colour ? { fill: colour } : {});

function scatter(material: Of<'scatter'>, label: string): SVGSVGElement {
  const { chart, rows, language } = material;
  const dots = rows.flatMap((row) => {
    const [x, y] = [numberOf(row, chart.x), numberOf(row, chart.y)];
    return x === null || y === null ? [] : [{ row, x, y }];
  });
  const isEqual = chart.line === 'equal';
  const all = dots.flatMap((dot) => [dot.x, dot.y]);
  const xs = span(isEqual ? all : dots.map((dot) => dot.x));
  const ys = span(isEqual ? all : dots.map((dot) => dot.y));
  const [x, y] = [xs.scale(LEFT, WIDTH - 12), ys.scale(BOTTOM, 12)];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const across = x(mean(dots.map((dot) => dot.x)));
  const up = y(mean(dots.map((dot) => dot.y)));
  const lines = isEqual
    ? [s('line', { class: 'whole', x1: LEFT, y1: BOTTOM, x2: WIDTH - 12, y2: 12 })]
    : [
        s('line', { class: 'whole', x1: across, x2: across, y1: 12, y2: BOTTOM }),
        s('line', { class: 'whole', y1: up, y2: up, x1: LEFT, x2: WIDTH - 12 }),
      ];
  const axes = [
    ...xs.ticks.map((at) =>
      s('text', { class: 'value', x: x(at), y: BOTTOM + 16, 'text-anchor': 'middle' }, number(at, language)),
    ),
    ...ys.ticks.map((at) =>
      s('text', { class: 'value', x: LEFT - 4, y: y(at) + 4, 'text-anchor': 'end' }, number(at, language)),
    ),
    s('line', { class: 'grid', x1: LEFT, x2: WIDTH - 12, y1: BOTTOM, y2: BOTTOM }),
    s('line', { class: 'grid', x1: LEFT, x2: LEFT, y1: 12, y2: BOTTOM }),
    s(
      'text',
      { class: 'axis', x: WIDTH - 12, y: BOTTOM + 32, 'text-anchor': 'end' },
      `${short(titled(chart.x, material), 44)} →`,
    ),
    s('text', { class: 'axis', x: LEFT + 2, y: 9 }, `↑ ${short(titled(chart.y, material), 44)}`),
  ];
  const marks = dots.map(({ row, ...dot }) => {
    // A name has its place on the side where there is room.
    const isRight = x(dot.x) > WIDTH - 130;
    const tag = { x: x(dot.x) + (isRight ? -8 : 8), 'text-anchor': isRight ? 'end' : 'start' };
    return mark(
      row,
      s('circle', { cx: x(dot.x), cy: y(dot.y), r: 4.5, ...fill(row) }),
      s('text', { class: 'tag', ...tag, y: y(dot.y) + 4 }, short(row.name, 24)),
    );
  });
  return frame({ width: WIDTH, height: BOTTOM + 38 }, label, ...axes, ...lines, ...marks);
}

/** Rows that have a value, in its order. */
function ordered(rows: readonly Row[], name: string, isAscending: boolean): { row: Row; value: number }[] {
  const found = rows.flatMap((row) => {
    const value = numberOf(row, name);
    return value === null ? [] : [{ row, value }];
  });
  return found.sort((a, b) => (isAscending ? a.value - b.value : b.value - a.value));
}

const line = (at: number, { name }: Row): SVGElement[] => [
  s('rect', { class: 'hit', x: 0, y: at * ROW, width: WIDTH, height: ROW }),
  s('text', { x: 2, y: at * ROW + 11 }, short(name, 21)),
];

function bars(material: Of<'bars'>, label: string): SVGSVGElement {
  const { chart, rows, fields, language } = material;
  const found = ordered(rows, chart.value, chart.ascending);
  const x = scale(
    Math.min(0, ...found.map(({ value }) => value)),
    Math.max(0, ...found.map(({ value }) => value)),
    NAMES,
    WIDTH - 62,
  );
  const marks = found.map(({ row, value }, at) => {
    const [from, to] = [x(0), x(value)].sort((a, b) => a - b) as [number, number];
    const box = { x: from, y: at * ROW + 3, width: Math.max(to - from, 0.5), height: ROW - 6 };
    return mark(
      row,
      ...line(at, row),
      s('rect', { class: 'length', ...box, ...fill(row) }),
      s('text', { class: 'value', x: to + 4, y: at * ROW + 11 }, told(value, fields[chart.value], language)),
    );
  });
  return frame({ width: WIDTH, height: found.length * ROW + 4 }, label, ...marks);
}

function intervals(material: Of<'intervals'>, label: string): SVGSVGElement {
  const { chart, rows, language } = material;
  const found = ordered(rows, chart.value, chart.ascending);
  const ends = found.flatMap(({ row, value }) => [
    value,
    numberOf(row, chart.low) ?? value,
    numberOf(row, chart.high) ?? value,
  ]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const x = scale(low, high, NAMES + 8, WIDTH - 12);
  const bottom = found.length * ROW;
  const grid = ticks(low, high).flatMap((at) => [
    s('line', { class: at === 0 ? 'whole' : 'grid', x1: x(at), x2: x(at), y1: 0, y2: bottom }),
    s('text', { class: 'value', x: x(at), y: bottom + 14, 'text-anchor': 'middle' }, number(at, language)),
  ]);
  const marks = found.map(({ row, value }, at) => {
    const y = at * ROW + 7.5;
    const [from, to] = [numberOf(row, chart.low), numberOf(row, chart.high)];
    const reach =
      from === null || to === null
        ? []
        : [s('line', { class: 'interval', x1: x(from), x2: x(to), y1: y, y2: y })];
    const dot = s('circle', { cx: x(value), cy: y, r: 4, ...fill(row) });
    return mark(row, ...line(at, row), ...reach, dot);
  });
  const title = short(titled(chart.value, material), 48);
  const axis = s('text', { class: 'axis', x: WIDTH - 12, y: bottom + 30, 'text-anchor': 'end' }, title);
  return frame({ width: WIDTH, height: bottom + 36 }, label, ...grid, ...marks, axis);
}

/** A block of bars for each type: what is above the mean goes to the right, what is below it to the left. */
function profiles(material: Of<'profiles'>, label: string): SVGSVGElement {
  const { rows, fields, language } = material;
  const deviations = (row: Row) => row.values.deviations as Record<string, number>;
  const most = Math.max(1, ...rows.flatMap((row) => Object.values(deviations(row)).map(Math.abs)));
  const x = scale(-most, most, NAMES + 30, WIDTH - 30);
  let y = 0;
  const blocks = rows.map((row) => {
    const top = y;
    const lengths = Object.entries(deviations(row)).flatMap(([name, value], at) => {
      const own = top + (at + 1) * ROW;
      const [from, to] = [x(0), x(value)].sort((a, b) => a - b) as [number, number];
      const text = number(value, language, 1);
      // to the right of every bar: to the left there are the names
      const end = { x: to + 4, 'text-anchor': 'start' };
      return [
        s('text', { x: 8, y: own + 11 }, short(fields[`value_${name}`]?.title ?? name, 24)),
        s('rect', {
          class: 'length',
          x: from,
          y: own + 3,
          width: Math.max(to - from, 0.5),
          height: ROW - 6,
          ...fill(row),
        }),
        s('text', { class: 'value', ...end, y: own + 11 }, value > 0 ? `+${text}` : text),
      ];
    });
    y = top + (Object.keys(deviations(row)).length + 1) * ROW + 8;
    const title = s('text', { class: 'block-title', x: 0, y: top + 11 }, short(row.name, 50));
    return s('g', { class: row.colour ? 'mark own' : 'mark' }, title, ...lengths);
  });
  const axis = s('line', { class: 'whole', x1: x(0), x2: x(0), y1: 0, y2: y });
  return frame({ width: WIDTH, height: y }, label, axis, ...blocks);
}

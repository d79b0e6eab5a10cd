/** The drawing: values with their band, normals behind them, norms across them, and "synthetic" on its face. */

import uPlot from 'uplot';
import type { Language } from '../contract';
import type { Bucket, Norm, Offered, Points } from './contract';
import type { Normals } from './read';
import type { Words } from './words';

export const ZONE = 'Asia/Barnaul';
const LOCALES: Record<Language, string> = { ru: 'ru-RU', en: 'en-GB' };
/** A norm that lies further above the values would press them flat. */
const NORM_REACH = 1.8;
const HALF_MONTH = 15 * 86_400;

export interface Drawing {
  series: Offered;
  bucket: Bucket;
  points: Points;
  norms: Norm[];
  normals: Normals | null;
  window: { begin: number; end: number };
}

export interface Listener {
  /** A stretch has been drawn over with the pointer; milliseconds. */
  chosen(begin: number, end: number): void;
  /** The cursor is at a point, or at none. */
  at(index: number | null): void;
}

interface Colours {
  ink: string;
  quiet: string;
  line: string;
  paper: string;
  accent: string;
  norm: string;
  normal: string;
}

/** The colours of the page, light or dark. */
function colours(element: Element): Colours {
  const style = getComputedStyle(element);
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of('ink'),
    quiet: of('quiet'),
    line: of('line'),
    paper: of('paper'),
    accent: of('accent'),
    norm: of('norm'),
    normal: of('normal'),
  };
}

const translucent = (colour: string, share: number): string =>
  `color-mix(in srgb, ${colour} ${Math.round(share * 100)}%, transparent)`;

/** Values between the middles of months, at moments in seconds. */
export function yearly(monthly: readonly number[], times: readonly number[]): number[] {
  return times.map((time) => {
    const day = new Date(time * 1000);
    const length = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
    const place = day.getUTCMonth() + (day.getUTCDate() - 1 + day.getUTCHours() / 24) / length - 0.5;
    const before = Math.floor(place);
    const [a, b] = [monthly[(before + 12) % 12] ?? 0, monthly[(before + 13) % 12] ?? 0];
    return a + (b - a) * (place - before);
  });
}

/** A norm in force at any moment of a stretch. */
export const inForce = (norm: Norm, window: { begin: number; end: number }): boolean =>
  (norm.from ?? -Infinity) < window.end && (norm.until ?? Infinity) > window.begin;

/** Which norms are drawn, and which lie too far above the values. */
export function reached(norms: readonly Norm[], points: Points): { drawn: Norm[]; beyond: Norm[] } {
  const found = [...points.high, ...points.value].filter((value): value is number => value !== null);
  const top = found.reduce((most, value) => Math.max(most, value), 0) * NORM_REACH;
  return {
    drawn: norms.filter((norm) => norm.value <= top),
    beyond: norms.filter((norm) => norm.value > top),
  };
}

/** Of two norms the second has another line; those that sources contradict have it, too. */
export const isDotted = (norm: Norm, drawn: readonly Norm[]): boolean =>
  norm.disputed || drawn.indexOf(norm) % 2 === 1;

export function draw(
  target: HTMLElement,
  drawing: Drawing,
  language: Language,
  words: Words,
  listener: Listener,
): uPlot {
  const { series, points, bucket } = drawing;
  const c = colours(target);
  const { drawn } = reached(
    drawing.norms.filter((norm) => inForce(norm, drawing.window)),
    points,
  );
  const normals = usable(drawing);
  const font = `12px ${getComputedStyle(target).fontFamily}`;
  const figures = new Intl.NumberFormat(LOCALES[language], {
    maximumFractionDigits: Math.max(series.digits, 2),
  });
  const asBars = series.totals === 'sum';
  const asDots = series.totals === 'direction';
  const axis = {
    stroke: c.quiet,
    font,
    grid: { stroke: c.line, width: 1 },
    ticks: { stroke: c.line, width: 1 },
  };
  const column = (values: number[] | null): (number | null)[] => values ?? points.time.map(() => null);

  const options: uPlot.Options = {
    width: target.clientWidth,
    height: Math.round(Math.min(420, Math.max(260, target.clientWidth * 0.42))),
    // the name of what is made up stands above the values, where nothing crosses it
    padding: [series.synthetic ? 30 : 12, 14, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), ZONE),
    legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 8 } },
    scales: {
      x: { time: true, min: drawing.window.begin / 1000, max: drawing.window.end / 1000 },
      y: { range: (_, low, high) => range(low, high, drawn, series) },
    },
    axes: [
      { ...axis, values: dates(language), space: 72 },
      {
        ...axis,
        size: 60,
        ...(asDots ? { splits: () => [0, 90, 180, 270, 360] } : {}),
        label: series.unit,
        labelFont: font,
        labelSize: series.unit ? 22 : 0,
        values: (_, splits) => splits.map((value) => figures.format(value).replace(/^-/, '−')),
      },
    ],
    series: [
      {},
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: c.normal, width: 1.5, dash: [6, 4], points: { show: false }, spanGaps: true },
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      {
        stroke: c.accent,
        width: asDots ? 0 : 1.5,
        ...(asBars
          ? { fill: translucent(c.accent, 0.6), paths: bars(), points: { show: false } }
          : { points: { show: asDots || undefinedIfMany(points), size: asDots ? 3 : 5, fill: c.accent } }),
      },
    ],
    bands: [
      { series: [1, 2], fill: translucent(c.normal, 0.16) },
      { series: [4, 5], fill: translucent(c.accent, 0.22) },
    ],
    hooks: {
      draw: [(plot) => annotate(plot, drawn, series, c, words, font)],
      setCursor: [(plot) => listener.at(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          if (plot.select.width < 6) return;
          const [begin, end] = [plot.select.left, plot.select.left + plot.select.width].map(
            (place) => plot.posToVal(place, 'x') * 1000,
          );
          if (begin !== undefined && end !== undefined) listener.chosen(begin, end);
        },
      ],
    },
  };
  const at = points.time;
  // a month is told at its first day, and its normal is that of its middle
  const middles = bucket === 'month' ? at.map((time) => time + HALF_MONTH) : at;
  const data: uPlot.AlignedData = [
    at,
    column(normals?.high ? yearly(normals.high, middles) : null),
    column(normals?.low ? yearly(normals.low, middles) : null),
    column(normals ? yearly(normals.mean, middles) : null),
    bucket === 'raw' ? column(null) : points.high,
    bucket === 'raw' ? column(null) : points.low,
    points.value,
  ];
  target.replaceChildren();
  return new uPlot(options, data, target);
}

/** Normals are monthly: a sum of a month is no measure of that of a day. */
function usable(drawing: Drawing): Normals | null {
  return drawing.series.totals === 'sum' && drawing.bucket !== 'month' ? null : drawing.normals;
}

const undefinedIfMany = (points: Points): boolean => points.time.length <= 80;

function bars(): uPlot.Series.PathBuilder {
  const made = uPlot.paths.bars?.({ size: [0.8, 40] });
  if (!made) throw new Error('uPlot has no bars');
  return made;
}

function range(low: number, high: number, norms: readonly Norm[], series: Offered): [number, number] {
  if (series.totals === 'direction') return [0, 360];
  const tops = norms.map((norm) => norm.value);
  const top = Math.max(high ?? 0, ...tops);
  const fromZero =
    series.substance !== null || series.totals === 'sum' || (low >= 0 && low < (top - low) * 0.4);
  const bottom = fromZero ? 0 : Math.min(low, ...tops);
  const air = (top - bottom || Math.abs(top) || 1) * 0.06;
  return [fromZero ? 0 : bottom - air, top + air];
}

/** What stands on the chart's face: norms across it, and what the series is. */
function annotate(
  plot: uPlot,
  norms: readonly Norm[],
  series: Offered,
  c: Colours,
  words: Words,
  font: string,
): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const right = bbox.left + bbox.width;
  const names: { y: number; left: number }[] = [];
  ctx.save();
  ctx.font = font.replace(/^\d+/, (size) => String(Number(size) * ratio));
  ctx.textBaseline = 'bottom';
  norms.forEach((norm) => {
    const y = Math.round(plot.valToPos(norm.value, 'y', true)) + 0.5;
    ctx.strokeStyle = c.norm;
    ctx.fillStyle = c.norm;
    ctx.lineWidth = ratio * 1.25;
    ctx.setLineDash(isDotted(norm, norms) ? [2 * ratio, 3 * ratio] : [8 * ratio, 4 * ratio]);
    // only over the time in which it is in force
    const place = (moment: number | null, end: number): number =>
      moment === null ? end : Math.min(Math.max(plot.valToPos(moment / 1000, 'x', true), bbox.left), right);
    const [begin, end] = [place(norm.from, bbox.left), place(norm.until, right)];
    ctx.beginPath();
    ctx.moveTo(begin, y);
    ctx.lineTo(end, y);
    ctx.stroke();
    ctx.textAlign = 'right';
    const width = ctx.measureText(norm.title).width;
    // a name that would lie on that of another line stands to the left of it
    const near = names.filter((name) => Math.abs(name.y - y) < 17 * ratio);
    const beside = Math.min(end, ...near.map((name) => name.left)) - 6 * ratio;
    // or below its own line, where there is no room
    const below = beside - width < bbox.left;
    const edge = below ? end - 6 * ratio : beside;
    const base = below ? y + 16 * ratio : y - 2 * ratio;
    names.push({ y, left: edge - width - 6 * ratio });
    ctx.fillStyle = translucent(c.paper, 0.8);
    ctx.fillRect(edge - width - 4 * ratio, base - 15 * ratio, width + 8 * ratio, 15 * ratio);
    ctx.fillStyle = c.norm;
    ctx.fillText(norm.title, edge, base);
  });
  if (series.synthetic) {
    ctx.textAlign = 'left';
    ctx.font = `600 ${13 * ratio}px ${font.split('px ')[1]}`;
    ctx.fillStyle = c.norm;
    ctx.fillText(words.synthetic, bbox.left, bbox.top - 8 * ratio);
  }
  ctx.restore();
}

/** Labels of the time axis in the reader's language: what has changed since the label before. */
function dates(language: Language): uPlot.Axis.DynamicValues {
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(LOCALES[language], { ...options, timeZone: ZONE });
  const [hour, day, month, year] = [
    format({ hour: '2-digit', minute: '2-digit' }),
    format({ day: 'numeric', month: 'short' }),
    format({ month: 'short' }),
    format({ year: 'numeric' }),
  ] as const;
  return (_, splits, __, ___, step) => {
    let former = '';
    return splits.map((seconds) => {
      const moment = seconds * 1000;
      const fine =
        step < 86_400
          ? hour.format(moment)
          : step < 28 * 86_400
            ? day.format(moment)
            : step < 360 * 86_400
              ? month.format(moment)
              : '';
      const coarse =
        step < 86_400 ? day.format(moment) : step < 360 * 86_400 ? year.format(moment) : year.format(moment);
      const label = !fine ? coarse : coarse === former ? fine : `${fine}\n${coarse}`;
      former = coarse;
      return label;
    });
  };
}

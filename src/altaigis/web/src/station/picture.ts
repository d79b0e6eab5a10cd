/** The chart as a file: the drawing with its heading above and its key below, on the page's paper. */

import type uPlot from 'uplot';
import { linesOf } from '../lines';

const LINE = 22;
const EDGE = 12;

interface Line {
  text: string;
  size: number;
  weight: number;
}

/**
 * @param heading the first line of which is the title
 * @param key what the lines of the chart are, and where it is from
 */
export async function picture(
  plot: uPlot,
  heading: readonly string[],
  key: readonly string[],
): Promise<Blob> {
  const { canvas } = plot.ctx;
  const style = getComputedStyle(plot.root);
  const ratio = devicePixelRatio;
  const made = document.createElement('canvas');
  const context = made.getContext('2d');
  if (!context) throw new Error('this browser draws no pictures');
  const set = ({ size, weight }: Line) => {
    context.font = `${weight} ${size * ratio}px ${style.fontFamily}`;
  };
  const width = canvas.width - 2 * EDGE * ratio;
  const broken = (line: Line): Line[] => {
    set(line);
    const lines = linesOf(line.text, width, (text) => context.measureText(text).width);
    return lines.map((text) => ({ ...line, text }));
  };
  const above = heading.flatMap((text, at) => broken({ text, size: at ? 13 : 16, weight: at ? 400 : 600 }));
  const below = key.flatMap((text) => broken({ text, size: 12, weight: 400 }));
  const top = (above.length * LINE + 14) * ratio;
  made.width = canvas.width;
  made.height = top + canvas.height + (below.length * LINE + 8) * ratio;
  context.fillStyle = style.getPropertyValue('--paper');
  context.fillRect(0, 0, made.width, made.height);
  context.fillStyle = style.getPropertyValue('--ink');
  const write = (lines: readonly Line[], from: number) => {
    lines.forEach((line, at) => {
      set(line);
      context.fillText(line.text, EDGE * ratio, from + (at + 1) * LINE * ratio);
    });
  };
  write(above, 0);
  context.drawImage(canvas, 0, top);
  write(below, top + canvas.height - 4 * ratio);
  return new Promise((done, failed) => {
    made.toBlob((blob) => (blob ? done(blob) : failed(new Error('the picture is empty'))), 'image/png');
  });
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

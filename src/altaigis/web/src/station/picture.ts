/** The chart as a file: the drawing with its heading, on the page's paper. */

import type uPlot from 'uplot';

const LINE = 22;

export async function picture(plot: uPlot, heading: readonly string[]): Promise<Blob> {
  const { canvas } = plot.ctx;
  const style = getComputedStyle(plot.root);
  const ratio = devicePixelRatio;
  const top = (heading.length * LINE + 14) * ratio;
  const made = document.createElement('canvas');
  made.width = canvas.width;
  made.height = canvas.height + top;
  const context = made.getContext('2d');
  if (!context) throw new Error('this browser draws no pictures');
  context.fillStyle = style.getPropertyValue('--paper');
  context.fillRect(0, 0, made.width, made.height);
  context.fillStyle = style.getPropertyValue('--ink');
  heading.forEach((line, at) => {
    context.font = `${at ? 400 : 600} ${(at ? 13 : 16) * ratio}px ${style.fontFamily}`;
    context.fillText(line, 12 * ratio, (24 + at * LINE) * ratio, made.width - 24 * ratio);
  });
  context.drawImage(canvas, 0, top);
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

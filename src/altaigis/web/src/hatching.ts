/** The grey stripes of "no data" for canvases, as `mark.ts` has them for drawings. */

const EDGE = 6;
const WIDTH = 1.2;

/** In the colours of the page's theme, which are asked for each time. */
export function noData(context: CanvasRenderingContext2D): CanvasPattern | string {
  const ground = ofPage('--no-data');
  const swatch = document.createElement('canvas');
  swatch.width = swatch.height = EDGE;
  const pen = swatch.getContext('2d');
  if (!pen) return ground;
  pen.fillStyle = ground;
  pen.fillRect(0, 0, EDGE, EDGE);
  pen.strokeStyle = ofPage('--no-data-line');
  pen.lineWidth = WIDTH;
  pen.beginPath();
  for (const shift of [-EDGE, 0, EDGE]) {
    pen.moveTo(shift, 0);
    pen.lineTo(shift + EDGE, EDGE);
  }
  pen.stroke();
  return context.createPattern(swatch, 'repeat') ?? ground;
}

/** A colour of the page's theme. */
export const ofPage = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A part of the page on a canvas, as the page shows it: text, boxes, pictures and drawings. */

import { paintDrawing } from './drawing';

export interface Surface {
  context: CanvasRenderingContext2D;
  /** Dots for each pixel of the page. */
  dots: number;
}

/** Paint an element and all in it; the canvas has the page's own pixels. */
export function paint(surface: Surface, element: Element): void {
  const style = getComputedStyle(element);
  if (style.display === 'none' || style.opacity === '0') return;
  const { context } = surface;
  context.save();
  context.globalAlpha *= Number(style.opacity);
  if (element instanceof SVGSVGElement) {
    if (style.visibility !== 'hidden') paintDrawing(surface, element);
  } else if (element instanceof HTMLImageElement) paintPicture(context, element);
  else if (element instanceof HTMLCanvasElement) paintPicture(context, element);
  else {
    if (style.visibility !== 'hidden') paintBox(context, element, style);
    for (const child of inOrder(element)) {
      if (child instanceof Element) paint(surface, child);
      else if (child instanceof Text && style.visibility !== 'hidden') paintText(context, child, style);
    }
  }
  context.restore();
}

const level = (node: Node): number =>
  node instanceof HTMLElement ? Number.parseInt(getComputedStyle(node).zIndex, 10) || 0 : 0;

/** What lies higher comes later. */
const inOrder = (element: Element): Node[] =>
  [...element.childNodes]
    .map((node) => ({ node, level: level(node) }))
    .sort((a, b) => a.level - b.level)
    .map(({ node }) => node);

function paintPicture(
  context: CanvasRenderingContext2D,
  picture: HTMLImageElement | HTMLCanvasElement,
): void {
  const { left, top, width, height } = picture.getBoundingClientRect();
  const empty =
    picture instanceof HTMLImageElement
      ? !picture.complete || picture.naturalWidth === 0
      : picture.width === 0 || picture.height === 0;
  if (!empty && !isForeign(picture) && width > 0 && height > 0)
    context.drawImage(picture, left, top, width, height);
}

/** Whether others have not given it away: with it on the canvas there would be no picture at all. */
const isForeign = (picture: HTMLImageElement | HTMLCanvasElement): boolean =>
  picture instanceof HTMLImageElement &&
  picture.crossOrigin === null &&
  new URL(picture.currentSrc, document.baseURI).origin !== location.origin &&
  !picture.currentSrc.startsWith('data:');

function paintBox(context: CanvasRenderingContext2D, element: Element, style: CSSStyleDeclaration): void {
  if (/^(transparent|rgba\(0, 0, 0, 0\))$/.test(style.backgroundColor)) return;
  const { left, top, width, height } = element.getBoundingClientRect();
  context.fillStyle = style.backgroundColor;
  context.beginPath();
  context.roundRect(left, top, width, height, Number.parseFloat(style.borderRadius) || 0);
  context.fill();
}

/** Word by word, each where the page has it. */
function paintText(context: CanvasRenderingContext2D, text: Text, style: CSSStyleDeclaration): void {
  const range = document.createRange();
  context.fillStyle = style.color;
  context.font = fontOf(style);
  context.textBaseline = 'alphabetic';
  for (const { 0: word, index } of text.data.matchAll(/\S+/g)) {
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    const rect = range.getClientRects()[0];
    if (!rect || rect.width === 0) continue;
    const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = context.measureText(word);
    context.fillText(word, rect.left, rect.top + (rect.height - above - below) / 2 + above);
  }
}

export const fontOf = (style: CSSStyleDeclaration): string =>
  `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;

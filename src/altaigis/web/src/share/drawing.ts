/** SVG on a canvas: the few kinds of shapes that the map and its legend are drawn with, in their computed styles. */

import { fontOf, type Surface } from './paint';

export function paintDrawing(surface: Surface, svg: SVGSVGElement): void {
  const rect = svg.getBoundingClientRect();
  // What a style sheet does to the whole drawing is in its place on the page, and not in its matrices.
  const scale = svg.clientWidth > 0 ? rect.width / svg.clientWidth : 1;
  surface.context.translate(rect.left, rect.top);
  surface.context.scale(scale, scale);
  for (const child of svg.children) paintShape(surface, child);
}

function paintShape(surface: Surface, element: Element): void {
  if (!(element instanceof SVGGraphicsElement) || element instanceof SVGDefsElement) return;
  const style = getComputedStyle(element);
  if (style.display === 'none') return;
  const { context } = surface;
  context.save();
  context.globalAlpha *= Number(style.opacity);
  if (element instanceof SVGGElement) for (const child of element.children) paintShape(surface, child);
  else if (style.visibility !== 'hidden') {
    const matrix = element.getCTM();
    if (matrix) context.transform(matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f);
    if (element instanceof SVGTextElement) paintWords(context, element, style);
    else if (element instanceof SVGGeometryElement) paintPath(surface, element, style);
  }
  context.restore();
}

const attribute = (element: Element, name: string): number => Number(element.getAttribute(name) ?? 0);

function pathOf(element: SVGGeometryElement): Path2D {
  const path = new Path2D(element.getAttribute('d') ?? undefined);
  const of = (name: string) => attribute(element, name);
  if (element instanceof SVGCircleElement) path.arc(of('cx'), of('cy'), of('r'), 0, 2 * Math.PI);
  if (element instanceof SVGRectElement)
    path.roundRect(of('x'), of('y'), of('width'), of('height'), of('rx'));
  if (element instanceof SVGLineElement) {
    path.moveTo(of('x1'), of('y1'));
    path.lineTo(of('x2'), of('y2'));
  }
  return path;
}

function paintPath(surface: Surface, element: SVGGeometryElement, style: CSSStyleDeclaration): void {
  const { context } = surface;
  const path = pathOf(element);
  const alpha = context.globalAlpha;
  const fill = colourOf(surface, element, style.fill);
  if (fill) {
    context.globalAlpha = alpha * Number(style.fillOpacity);
    context.fillStyle = fill;
    context.fill(path, style.fillRule as CanvasFillRule);
  }
  const stroke = colourOf(surface, element, style.stroke);
  const width = Number.parseFloat(style.strokeWidth);
  if (!stroke || width === 0) return;
  context.globalAlpha = alpha * Number(style.strokeOpacity);
  context.strokeStyle = stroke;
  context.lineWidth = width;
  context.lineJoin = style.strokeLinejoin as CanvasLineJoin;
  context.lineCap = style.strokeLinecap as CanvasLineCap;
  context.setLineDash(
    style.strokeDasharray === 'none' ? [] : style.strokeDasharray.split(',').map(Number.parseFloat),
  );
  context.stroke(path);
}

function paintWords(
  context: CanvasRenderingContext2D,
  element: SVGTextElement,
  style: CSSStyleDeclaration,
): void {
  const { textContent: text } = element;
  const [x, y] = [attribute(element, 'x'), attribute(element, 'y')];
  context.font = fontOf(style);
  context.textAlign = ({ middle: 'center', end: 'right' } as const)[style.textAnchor] ?? 'left';
  context.letterSpacing = style.letterSpacing === 'normal' ? '0px' : style.letterSpacing;
  if (style.stroke !== 'none') {
    context.strokeStyle = style.stroke;
    context.lineWidth = Number.parseFloat(style.strokeWidth);
    context.lineJoin = 'round';
    context.strokeText(text, x, y);
  }
  context.fillStyle = style.fill;
  context.fillText(text, x, y);
}

type Colour = string | CanvasPattern | CanvasGradient | null;

/** A colour, or what a paint refers to; null for none. */
function colourOf(surface: Surface, element: SVGGeometryElement, paint: string): Colour {
  if (paint === 'none') return null;
  const id = /^url\("?#([^")]+)"?\)/.exec(paint)?.[1];
  if (!id) return paint;
  const server = element.ownerDocument.getElementById(id) as Element | null;
  if (server instanceof SVGPatternElement) return patternOf(surface, server);
  if (server instanceof SVGLinearGradientElement) return gradientOf(surface.context, element, server);
  return null;
}

function patternOf({ context, dots }: Surface, pattern: SVGPatternElement): CanvasPattern | null {
  const side = pattern.width.baseVal.value;
  // Finer than the canvas: it is turned.
  const fine = dots * 4;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.round(side * fine);
  const tile = canvas.getContext('2d');
  if (!tile) return null;
  tile.scale(canvas.width / side, canvas.height / side);
  for (const child of pattern.children) {
    const { fill } = getComputedStyle(child);
    tile.fillStyle = fill;
    tile.fillRect(
      attribute(child, 'x'),
      attribute(child, 'y'),
      attribute(child, 'width'),
      attribute(child, 'height'),
    );
  }
  const made = context.createPattern(canvas, 'repeat');
  const matrix = pattern.patternTransform.baseVal.consolidate()?.matrix;
  const turn = matrix ? DOMMatrix.fromMatrix(matrix) : new DOMMatrix();
  made?.setTransform(turn.scale(side / canvas.width));
  return made;
}

function gradientOf(
  context: CanvasRenderingContext2D,
  element: SVGGeometryElement,
  gradient: SVGLinearGradientElement,
): CanvasGradient {
  const { x, width } = element.getBBox();
  const made = context.createLinearGradient(x, 0, x + width, 0);
  for (const stop of gradient.querySelectorAll('stop'))
    made.addColorStop(attribute(stop, 'offset'), getComputedStyle(stop).stopColor);
  return made;
}

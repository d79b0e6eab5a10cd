/** Draws what a tile holds by the layer's declared style, on a canvas of the size that the map shows it in. */

import type { Mark, Style } from '../../contract';
import type { Form } from '../../form';
import { noData, ofPage } from '../../hatching';
import { outline } from '../../mark';
import { classOf, NO_DATA_FILL, symbolOf } from '../../style';
import { markScale } from './size';
import type { Content, Shape } from './tile';

/** How the tiles of a layer look at the moment. */
export interface Look {
  style: Style;
  form: Form;
  /** The class of the legend that is lit; null for all. */
  lit: number | null;
  /** The feature at the pointer. */
  hovered: string | null;
}

/** Room around a tile, CSS pixels, for marks that stand at its edge. */
export const MARGIN = 14;
const FADED = 0.12;
const OUTLINE_WIDTH = 2;
/** Paint a tile that the map shows with a side of so many CSS pixels. */
export function paint(
  canvas: HTMLCanvasElement,
  content: Content,
  look: Look,
  side: number,
  zoom: number,
): void {
  const ratio = window.devicePixelRatio;
  const edge = Math.round((side + 2 * MARGIN) * ratio);
  canvas.width = edge;
  canvas.height = edge;
  const context = canvas.getContext('2d');
  if (!context || content.shapes.length === 0) return;
  context.setTransform(ratio, 0, 0, ratio, MARGIN * ratio, MARGIN * ratio);
  const scale = side / content.extent;
  const brush = new Brush(context, look, scale, markScale(zoom));
  if (content.shapes[0]?.kind !== 'point') {
    // Lines and areas reach beyond the tile, and their neighbours draw what is there.
    context.beginPath();
    context.rect(0, 0, side, side);
    context.clip();
  }
  for (const shape of content.shapes) if (brush.isOwn(shape, content.extent)) brush.draw(shape);
  for (const shape of content.shapes) if (shape.feature.id === look.hovered) brush.ring(shape);
}

class Brush {
  private readonly marks = new Map<Mark, HTMLCanvasElement>();
  private stripes: CanvasPattern | string | null = null;

  constructor(
    private readonly context: CanvasRenderingContext2D,
    private readonly look: Look,
    private readonly scale: number,
    private readonly size: number,
  ) {}

  /** Points in the strip around a tile are drawn by the tile that they are in. */
  isOwn({ kind, rings }: Shape, extent: number): boolean {
    const point = rings[0]?.[0];
    if (kind !== 'point' || !point) return true;
    return point.x >= 0 && point.y >= 0 && point.x < extent && point.y < extent;
  }

  draw(shape: Shape): void {
    const { context } = this;
    const mark = symbolOf(this.look.style, shape.feature.properties);
    context.globalAlpha = this.isLit(shape) ? 1 : FADED;
    if (shape.kind === 'point') this.stamp(shape, mark);
    else {
      const path = this.path(shape);
      context.globalAlpha *= mark.opacity;
      const fill = shape.kind === 'area' && this.look.form !== 'zone' ? mark.fill : null;
      if (fill) {
        context.fillStyle = fill === NO_DATA_FILL ? this.hatching : fill;
        context.fill(path, 'evenodd');
      }
      if (mark.stroke && mark.width > 0) this.stroke(path, mark.stroke, mark.width, mark.dash);
    }
    context.globalAlpha = 1;
  }

  /** The outline of what is pointed at. */
  ring(shape: Shape): void {
    const colour = ofPage('--outline');
    if (shape.kind !== 'point') {
      this.stroke(this.path(shape), colour, OUTLINE_WIDTH, []);
      return;
    }
    const { radius } = symbolOf(this.look.style, shape.feature.properties);
    for (const { x, y } of shape.rings.flat()) {
      const path = new Path2D();
      path.arc(x * this.scale, y * this.scale, radius * this.size + 3, 0, 2 * Math.PI);
      this.stroke(path, colour, OUTLINE_WIDTH, []);
    }
  }

  private isLit({ feature }: Shape): boolean {
    const { lit, style } = this.look;
    if (lit === null || style.kind !== 'classes') return true;
    return classOf(feature.properties?.[style.field], style.breaks) === lit;
  }

  private stroke(path: Path2D, colour: string, width: number, dash: readonly number[]): void {
    const { context } = this;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineJoin = 'round';
    context.setLineDash([...dash]);
    context.stroke(path);
  }

  private path({ rings, kind }: Shape): Path2D {
    const path = new Path2D();
    for (const ring of rings) {
      ring.forEach(({ x, y }, i) => {
        if (i === 0) path.moveTo(x * this.scale, y * this.scale);
        else path.lineTo(x * this.scale, y * this.scale);
      });
      if (kind === 'area') path.closePath();
    }
    return path;
  }

  /** Marks of one kind are drawn once, and then copied. */
  private stamp({ rings }: Shape, mark: Mark): void {
    const known = this.marks.get(this.symbol(mark)) ?? this.cut(mark);
    const ratio = window.devicePixelRatio;
    const edge = known.width / ratio;
    for (const { x, y } of rings.flat())
      this.context.drawImage(known, x * this.scale - edge / 2, y * this.scale - edge / 2, edge, edge);
  }

  /** One symbol a class: `symbolOf` makes a new one for each feature. */
  private symbol(mark: Mark): Mark {
    for (const known of this.marks.keys())
      if (
        known === mark ||
        (known.fill === mark.fill && known.shape === mark.shape && known.radius === mark.radius)
      )
        return known;
    return mark;
  }

  private cut(mark: Mark): HTMLCanvasElement {
    const ratio = window.devicePixelRatio;
    const stamp = document.createElement('canvas');
    stamp.width = stamp.height = Math.ceil((mark.radius * this.size * 3 + mark.width * 2) * ratio);
    const context = stamp.getContext('2d');
    if (context) {
      context.setTransform(ratio, 0, 0, ratio, stamp.width / 2, stamp.height / 2);
      const path = new Path2D(outline({ ...mark, radius: mark.radius * this.size }));
      if (mark.fill) {
        context.globalAlpha = mark.opacity;
        context.fillStyle = mark.fill === NO_DATA_FILL ? ofPage('--no-data') : mark.fill;
        context.fill(path);
        context.globalAlpha = 1;
      }
      if (mark.stroke && mark.width > 0) {
        context.strokeStyle = mark.stroke;
        context.lineWidth = mark.width * this.size;
        context.stroke(path);
      }
    }
    this.marks.set(mark, stamp);
    return stamp;
  }

  /** Grey with hatching, as the legend has it. */
  private get hatching(): CanvasPattern | string {
    this.stripes ??= noData(this.context);
    return this.stripes;
  }
}

/** Small maps on canvases: each unit is one path, made once and filled in every one of them. */

import { noData, ofPage } from '../hatching';
import { classOf } from '../style';
import type { Numbers } from '../thematic/numbers';
import type { Picture } from './shapes';

const FILL_OPACITY = 0.85;

export class Painter {
  private readonly paths: ReadonlyMap<string, Path2D>;

  constructor(private readonly picture: Picture) {
    this.paths = new Map(
      picture.outlines.map(({ id, rings }) => {
        const path = new Path2D();
        for (const ring of rings) {
          ring.forEach(([x, y], at) => {
            if (at === 0) path.moveTo(x, y);
            else path.lineTo(x, y);
          });
          path.closePath();
        }
        return [id, path];
      }),
    );
  }

  get width(): number {
    return this.picture.width;
  }

  /** A canvas of the picture's size, as fine as the screen. */
  canvas(): HTMLCanvasElement {
    const { width, height } = this.picture;
    const canvas = document.createElement('canvas');
    const fine = Math.max(2, window.devicePixelRatio);
    canvas.width = width * fine;
    canvas.height = height * fine;
    canvas.getContext('2d')?.scale(fine, fine);
    return canvas;
  }

  /** Fill the units by their classes; those without a value are hatched. */
  fill(canvas: HTMLCanvasElement, { all, classes }: Numbers): void {
    const pen = canvas.getContext('2d');
    if (!pen) return;
    const hatched = noData(pen);
    pen.lineWidth = 0.6;
    pen.strokeStyle = ofPage('--border');
    pen.clearRect(0, 0, this.picture.width, this.picture.height);
    for (const [id, path] of this.paths) {
      const index = classOf(all.get(id), classes.breaks);
      const fill = index === null ? undefined : classes.classes[index]?.colour;
      pen.globalAlpha = fill ? FILL_OPACITY : 1;
      pen.fillStyle = fill ?? hatched;
      pen.fill(path, 'evenodd');
      pen.globalAlpha = 1;
      pen.stroke(path);
    }
  }

  /** Outline one unit on a canvas of its own, and nothing else. */
  light(canvas: HTMLCanvasElement, id: string | null): void {
    const pen = canvas.getContext('2d');
    const path = id === null ? undefined : this.paths.get(id);
    if (!pen) return;
    pen.clearRect(0, 0, this.picture.width, this.picture.height);
    if (!path) return;
    for (const [line, width] of [
      ['--outline-inner', 4],
      ['--outline', 2],
    ] as const) {
      pen.strokeStyle = ofPage(line);
      pen.lineWidth = width;
      pen.stroke(path);
    }
  }

  /** The unit at a place of the picture. */
  at(canvas: HTMLCanvasElement, x: number, y: number): string | null {
    const pen = canvas.getContext('2d');
    if (!pen) return null;
    // The canvas knows its scale for lines, and not for the point that is asked for.
    const { a } = pen.getTransform();
    for (const [id, path] of this.paths) if (pen.isPointInPath(path, x * a, y * a, 'evenodd')) return id;
    return null;
  }
}

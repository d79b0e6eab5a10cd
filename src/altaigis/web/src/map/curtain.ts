/** One map in two halves: the areas end at a line, and beyond it lies the pane of the curtain. */

import L from 'leaflet';
import type { MapView } from './view';

export class Curtain {
  private at = 0.5;
  private readonly clip = () => this.draw();

  constructor(private readonly view: MapView) {
    view.leaflet.on('move zoomend resize viewreset', this.clip);
  }

  /** Where the line stands, as a share of the map's width from the left. */
  move(at: number): void {
    this.at = at;
    this.draw();
  }

  remove(): void {
    this.view.leaflet.off('move zoomend resize viewreset', this.clip);
    const { before, beyond } = this.panes;
    for (const pane of beyond ? [...before, beyond] : before) pane.style.clipPath = '';
  }

  /** Those of the areas, before the line, and that of the curtain, beyond it. */
  private get panes(): { before: HTMLElement[]; beyond: HTMLElement | undefined } {
    const map = this.view.leaflet;
    const before = map.getPanes().mapPane.querySelectorAll<HTMLElement>('.leaflet-areas-pane');
    return { before: [...before], beyond: map.getPane('curtain') };
  }

  /** Panes move with the map: the line, which does not, is another place in them each time. */
  private draw(): void {
    const map = this.view.leaflet;
    const size = map.getSize();
    const from = map.containerPointToLayerPoint([0, 0]);
    const to = map.containerPointToLayerPoint(size);
    const line = from.x + size.x * this.at;
    const { before, beyond } = this.panes;
    for (const pane of before) pane.style.clipPath = box(L.bounds(from, [line, to.y]));
    if (beyond) beyond.style.clipPath = box(L.bounds([line, from.y], to));
  }
}

function box({ min, max }: L.Bounds): string {
  const [left, top, right, bottom] = [min?.x ?? 0, min?.y ?? 0, max?.x ?? 0, max?.y ?? 0];
  return `polygon(${left}px ${top}px, ${right}px ${top}px, ${right}px ${bottom}px, ${left}px ${bottom}px)`;
}

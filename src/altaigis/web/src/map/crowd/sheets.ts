/** The tiles of a layer on Leaflet's grid: fetched, read, and painted as large as the map shows them. */

import L from 'leaflet';
import { type Look, MARGIN, paint } from './painter';
import { type Content, EMPTY } from './tile';

/** One tile on the map. */
export interface Sheet {
  coords: L.Coords;
  content: Content;
}

interface Drawn extends Sheet {
  element: HTMLElement;
  canvas: HTMLCanvasElement;
  asking: AbortController;
}

const SIDE = 256;

export type ReadTile = (coords: L.Coords, signal: AbortSignal) => Promise<Content>;

export class Sheets extends L.GridLayer {
  private readonly drawn = new Map<HTMLElement, Drawn>();

  constructor(
    options: L.GridLayerOptions,
    private readonly read: ReadTile,
    private readonly look: () => Look,
  ) {
    super({ ...options, tileSize: SIDE });
    this.on('tileunload', ({ tile }) => {
      this.drawn.get(tile)?.asking.abort();
      this.drawn.delete(tile);
    });
  }

  /** Of the zoom that is seen. */
  get sheets(): Sheet[] {
    const zoom = this.tileZoom;
    return [...this.drawn.values()].filter(({ coords }) => coords.z === zoom);
  }

  /** CSS pixels along the side of a tile as it is seen now. */
  get side(): number {
    const map = this.map;
    return map ? SIDE * map.getZoomScale(map.getZoom(), this.tileZoom) : SIDE;
  }

  /** Paint anew; only those tiles that hold one of these features, if any are named. */
  repaint(ids?: readonly (string | null)[]): void {
    const zoom = this.tileZoom;
    for (const drawn of this.drawn.values()) {
      const concerned = !ids || drawn.content.shapes.some(({ feature }) => ids.includes(String(feature.id)));
      if (drawn.coords.z === zoom && concerned) this.paint(drawn);
    }
  }

  override getEvents(): Record<string, L.LeafletEventHandlerFn> {
    // Tiles stay while the zoom changes by parts of a step, and have to be as sharp as others.
    return { ...super.getEvents?.(), zoomend: () => this.repaint() };
  }

  protected override createTile(coords: L.Coords, done: L.DoneCallback): HTMLElement {
    const element = document.createElement('div');
    const canvas = document.createElement('canvas');
    element.append(canvas);
    const drawn: Drawn = { coords, content: EMPTY, element, canvas, asking: new AbortController() };
    this.drawn.set(element, drawn);
    this.read(coords, drawn.asking.signal).then(
      (content) => {
        drawn.content = content;
        if (this.drawn.has(element)) this.paint(drawn);
        done(undefined, element);
      },
      (cause: Error) => {
        if (!drawn.asking.signal.aborted) done(cause, element);
      },
    );
    return element;
  }

  private paint({ canvas, content, coords }: Drawn): void {
    const map = this.map;
    if (!map) return;
    const scale = map.getZoomScale(map.getZoom(), coords.z);
    // Leaflet scales the tile; its canvas has the pixels of what comes out.
    const margin = MARGIN / scale;
    Object.assign(canvas.style, {
      position: 'absolute',
      left: `${-margin}px`,
      top: `${-margin}px`,
      width: `${SIDE + 2 * margin}px`,
      height: `${SIDE + 2 * margin}px`,
    });
    paint(canvas, content, this.look(), SIDE * scale, map.getZoom());
  }

  /** Undefined until the layer has been on the map. */
  private get map(): L.Map | undefined {
    return (this as unknown as { _map?: L.Map })._map;
  }

  /** The zoom whose tiles are shown, which Leaflet keeps to itself. */
  private get tileZoom(): number {
    return (this as unknown as { _tileZoom?: number })._tileZoom ?? 0;
  }
}

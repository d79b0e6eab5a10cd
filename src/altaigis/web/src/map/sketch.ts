/** A polygon drawn on the map by clicks, or a rectangle, which can be dragged as well. Enter ends it, Backspace takes the last point back, Esc cancels. */

import type { Position } from 'geojson';
import L from 'leaflet';
import type { MapView } from './view';

export type Shape = 'polygon' | 'rectangle';

/** A click so near to the first point, pixels, closes the polygon. */
const CLOSE_PX = 12;
/** A pointer that went farther between press and release has moved the map. */
const DRAG_PX = 5;

const LINE: L.PolylineOptions = {
  color: 'var(--picked)',
  weight: 2.5,
  dashArray: '6 4',
  fillColor: 'var(--picked)',
  fillOpacity: 0.12,
  interactive: false,
};

export class Sketch {
  private points: L.LatLng[] = [];
  private pointer: L.LatLng | null = null;
  private pressed = { x: 0, y: 0 };
  /** Where a rectangle was begun whose pointer is still down. */
  private held: L.LatLng | null = null;
  private readonly drawn: L.Polygon;
  private readonly dots = L.layerGroup();
  private readonly listening = new AbortController();

  /** `done` is told the ring that was drawn, or null when the reader thinks better of it. */
  constructor(
    private readonly view: MapView,
    private readonly shape: Shape,
    private readonly done: (ring: Position[] | null) => void,
  ) {
    const map = view.leaflet;
    const container = map.getContainer();
    const pane = { pane: 'highlight', renderer: view.renderer('highlight') };
    this.drawn = L.polygon([], { ...LINE, ...pane }).addTo(map);
    this.dots.addTo(map);
    map.doubleClickZoom.disable();
    // A rectangle is drawn by what moves the map otherwise.
    if (shape === 'rectangle') map.dragging.disable();
    container.classList.add('sketching');
    // Before the map hears of it: while one draws, a click opens nothing.
    const early = { capture: true, signal: this.listening.signal };
    container.addEventListener('pointerdown', (event) => this.press(event), early);
    container.addEventListener('click', (event) => this.click(event), early);
    container.addEventListener('pointermove', (event) => this.follow(event), early);
    document.addEventListener('pointerup', (event) => this.release(event), early);
    container.addEventListener('dblclick', (event) => this.doubleClick(event), early);
    document.addEventListener('keydown', (event) => this.key(event), early);
  }

  /** Take what has been drawn; nothing where it has no area yet. */
  finish(): void {
    if (this.isWhole) this.end(this.ring(this.points).map(({ lng, lat }) => [lng, lat]));
  }

  cancel(): void {
    this.end(null);
  }

  private get isWhole(): boolean {
    return this.points.length >= (this.shape === 'polygon' ? 3 : 2);
  }

  private ring(points: readonly L.LatLng[]): readonly L.LatLng[] {
    const [first, second] = points;
    if (this.shape === 'polygon' || !first || !second) return points;
    return [first, L.latLng(first.lat, second.lng), second, L.latLng(second.lat, first.lng)];
  }

  private click(event: MouseEvent): void {
    if (!this.isOnMap(event)) return;
    event.stopPropagation();
    event.preventDefault();
    const map = this.view.leaflet;
    // What ends a drag of the map is no point; the second click of two has told its place already.
    if (!this.isStill(event) || event.detail > 1) return;
    const at = map.mouseEventToContainerPoint(event);
    const [first] = this.points;
    if (first && this.isWhole && map.latLngToContainerPoint(first).distanceTo(at) < CLOSE_PX) this.finish();
    else this.add(map.containerPointToLatLng(at));
  }

  private add(point: L.LatLng): void {
    this.points.push(point);
    if (this.shape === 'rectangle' && this.isWhole) this.finish();
    else this.draw();
  }

  private follow(event: PointerEvent): void {
    if (event.pointerType === 'touch' && !this.held) return;
    if (this.held && this.points.length === 0 && !this.isStill(event)) this.points.push(this.held);
    this.pointer = this.view.leaflet.mouseEventToLatLng(event);
    this.draw();
  }

  private doubleClick(event: MouseEvent): void {
    if (!this.isOnMap(event)) return;
    event.stopPropagation();
    this.finish();
  }

  private key(event: KeyboardEvent): void {
    // A button that has the focus keeps its Enter.
    if (event.key === 'Enter' && event.target instanceof HTMLButtonElement) return;
    const act = {
      Enter: () => this.finish(),
      Escape: () => this.cancel(),
      Backspace: () => {
        this.points.pop();
        this.draw();
      },
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  private press(event: PointerEvent): void {
    this.pressed = { x: event.x, y: event.y };
    const begins = this.shape === 'rectangle' && this.points.length === 0 && this.isOnMap(event);
    this.held = begins ? this.view.leaflet.mouseEventToLatLng(event) : null;
  }

  /** The other corner of a rectangle that was dragged. */
  private release(event: PointerEvent): void {
    const dragged = this.held !== null && this.points.length === 1 && !this.isStill(event);
    this.held = null;
    if (!dragged) return;
    swallowClick(this.view.leaflet.getContainer());
    this.add(this.view.leaflet.mouseEventToLatLng(event));
  }

  private isStill({ x, y }: MouseEvent): boolean {
    return Math.hypot(x - this.pressed.x, y - this.pressed.y) < DRAG_PX;
  }

  private isOnMap(event: Event): boolean {
    return event.target instanceof Element && !event.target.closest('.leaflet-control');
  }

  private draw(): void {
    const { points, pointer } = this;
    this.drawn.setLatLngs([...this.ring(pointer && points.length > 0 ? [...points, pointer] : points)]);
    this.dots.clearLayers();
    for (const point of points)
      L.circleMarker(point, {
        ...LINE,
        dashArray: '',
        radius: 4,
        fillOpacity: 1,
        pane: 'highlight',
        renderer: this.view.renderer('highlight'),
      }).addTo(this.dots);
  }

  private end(ring: Position[] | null): void {
    this.listening.abort();
    this.drawn.remove();
    this.dots.remove();
    this.view.leaflet.doubleClickZoom.enable();
    this.view.leaflet.dragging.enable();
    this.view.leaflet.getContainer().classList.remove('sketching');
    this.done(ring);
  }
}

/** The click that ends a drag opens nothing. */
function swallowClick(container: HTMLElement): void {
  const ended = new AbortController();
  const swallow = (event: Event) => event.stopPropagation();
  container.addEventListener('click', swallow, { capture: true, once: true, signal: ended.signal });
  setTimeout(() => ended.abort());
}

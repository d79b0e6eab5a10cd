/** The tools of the map: measure, locate, full screen, and the coordinates of what is pointed at. */

import { plainSpot, type Spot, spotText } from '../coordinates';
import type { Desk } from '../desk';
import { h, s } from '../dom';
import { Place } from '../map/place';
import type { Measure } from './measure';
import { lengthText } from './quantities';
import { WORDS } from './words';

const LOCATE_MS = 15_000;
/** Pixels that a hand may tremble. */
const DRAGGED = 4;
const OVER_MAP = '.leaflet-control, .leaflet-popup';

const ICONS = {
  measure: 'M2 12 12 2l4 4L6 16zM6 8l2 2M9 5l2 2',
  locate: 'M9 1v4M9 13v4M1 9h4M13 9h4M9 5a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
  screen: 'M2 6V2h4M12 2h4v4M16 12v4h-4M6 16H2v-4',
  copy: 'M7 7h8v8H7zM11 7V3H3v8h4',
} as const;

const icon = (path: string): SVGSVGElement =>
  s(
    'svg',
    { width: 18, height: 18, viewBox: '0 0 18 18', 'aria-hidden': 'true' },
    s('path', {
      d: path,
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.6,
      'stroke-linejoin': 'round',
    }),
  );

/** Whether the map was moved in between: that is no click on a place. */
const isDragged = (down: MouseEvent | null, up: MouseEvent): boolean =>
  down !== null && Math.hypot(up.clientX - down.clientX, up.clientY - down.clientY) > DRAGGED;

export class Tools {
  private readonly measuring = this.button('measure', () => void this.toggleMeasure());
  private readonly locating = this.button('locate', () => this.locate());
  private readonly screen = this.button('screen', () => void this.toggleScreen());
  private readonly bar = h('div', { class: 'tools leaflet-bar', role: 'group', 'data-testid': 'tools' });
  private readonly copying = h(
    'button',
    { type: 'button', class: 'spot-copy', click: () => void this.copy() },
    icon(ICONS.copy),
  );
  private readonly pointed = h('output', {
    class: 'spot-pointed',
    'data-testid': 'spot-pointed',
    hidden: true,
  });
  private readonly clicked = h('output', { 'data-testid': 'spot-clicked' });
  private readonly kept = h('div', { class: 'spot-kept', hidden: true }, this.clicked, this.copying);
  private readonly place: Place;
  private measure: Measure | null = null;
  /** The point that was clicked last. */
  private spot: Spot | null = null;
  private frame = 0;

  constructor(private readonly desk: Desk) {
    const { view } = desk;
    this.place = new Place(view);
    this.bar.append(this.measuring, this.locating);
    if (document.fullscreenEnabled) this.bar.append(this.screen);
    view.corner('topright', 'tools-corner').append(this.bar);
    view.corner('bottomleft', 'spot').append(this.kept, this.pointed);
    document.addEventListener('fullscreenchange', () => this.speak());
    const map = view.leaflet.getContainer();
    map.addEventListener('mousemove', (event) => {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.point(this.spotOf(event)));
    });
    map.addEventListener('mouseleave', () => this.point(null));
    let down: MouseEvent | null = null;
    map.addEventListener('pointerdown', (event) => {
      down = event;
    });
    map.addEventListener(
      'click',
      (event) => {
        if (!isDragged(down, event)) this.keep(this.spotOf(event));
      },
      true,
    );
  }

  speak(): void {
    const t = WORDS[this.desk.language];
    this.bar.setAttribute('aria-label', t.tools);
    const name = (button: HTMLElement, label: string, pressed?: boolean) => {
      button.title = label;
      button.setAttribute('aria-label', label);
      if (pressed !== undefined) button.setAttribute('aria-pressed', String(pressed));
    };
    const full = document.fullscreenElement !== null;
    name(this.measuring, t.measure, this.measure !== null);
    name(this.locating, t.locate);
    name(this.screen, full ? t.leaveFullScreen : t.fullScreen, full);
    name(this.copying, t.copy);
    this.clicked.setAttribute('aria-label', t.spot);
    this.pointed.setAttribute('aria-hidden', 'true');
    this.measure?.speak();
    this.point(null);
    this.keep(this.spot);
  }

  /** Whether the map reaches there. */
  holds(spot: Spot): boolean {
    return this.place.holds(spot);
  }

  /** Show a point by its coordinates; false where the map does not reach. */
  async goTo(spot: Spot): Promise<boolean> {
    if (!this.holds(spot)) return false;
    this.keep(spot);
    await this.place.show(spot, spotText(spot, this.desk.language));
    return true;
  }

  private button(name: keyof typeof ICONS, click: () => void): HTMLButtonElement {
    return h('button', { type: 'button', 'data-testid': `tool-${name}`, click }, icon(ICONS[name]));
  }

  // Measuring

  private async toggleMeasure(): Promise<void> {
    if (this.measure) {
      this.measure.close();
      return;
    }
    const { Measure } = await this.desk.during(import('./measure'));
    this.measure ??= new Measure(this.desk, () => {
      this.measure = null;
      this.speak();
    });
    document.body.append(this.measure.element);
    // It would take the clicks that are meant for points.
    this.desk.view.leaflet.closePopup();
    this.desk.view.leaflet.getContainer().focus();
    this.speak();
  }

  // Where the reader is

  private locate(): void {
    const t = WORDS[this.desk.language];
    const fail = (help: string) =>
      this.desk.notices.show(
        'locate',
        { what: t.locateFailed, help, retry: () => this.locate() },
        this.desk.t,
      );
    if (!window.isSecureContext) {
      fail(t.locateInsecure);
      return;
    }
    const asked = new Promise<GeolocationPosition>((found, failed) =>
      navigator.geolocation.getCurrentPosition(found, failed, {
        timeout: LOCATE_MS,
        enableHighAccuracy: true,
      }),
    );
    this.desk.during(asked).then(
      ({ coords }) => {
        const spot = { lat: coords.latitude, lon: coords.longitude };
        if (!this.place.holds(spot)) {
          fail(t.locateAway);
          return;
        }
        this.desk.notices.dismiss('locate');
        const within = lengthText(coords.accuracy, this.desk.language);
        void this.place.show(spot, t.located(within), coords.accuracy);
      },
      ({ code, PERMISSION_DENIED }: GeolocationPositionError) =>
        fail(code === PERMISSION_DENIED ? t.locateDenied : t.locateUnknown),
    );
  }

  private async toggleScreen(): Promise<void> {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  }

  // Coordinates

  /** Where on the earth an event of the mouse is; null on what lies over the map. */
  private spotOf(event: MouseEvent): Spot | null {
    if (event.target instanceof Element && event.target.closest(OVER_MAP)) return null;
    const { lat, lng } = this.desk.view.leaflet.mouseEventToLatLng(event);
    return { lat, lon: lng };
  }

  private point(spot: Spot | null): void {
    this.pointed.hidden = spot === null;
    this.pointed.textContent = spot ? spotText(spot, this.desk.language) : '';
  }

  private keep(spot: Spot | null): void {
    this.spot = spot ?? this.spot;
    this.kept.hidden = this.spot === null;
    if (this.spot) this.clicked.textContent = spotText(this.spot, this.desk.language);
  }

  private async copy(): Promise<void> {
    if (!this.spot) return;
    await navigator.clipboard.writeText(plainSpot(this.spot));
    this.clicked.textContent = WORDS[this.desk.language].copied;
  }
}

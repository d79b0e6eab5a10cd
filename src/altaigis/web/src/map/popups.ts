/** One popup at a time. Its content is always an element, so that nothing is read as markup. */

import L from 'leaflet';
import type { MapView } from './view';

/** Where there is room a popup ends beside the buttons of the map. */
const BUTTONS = 48;
/** Pixels: how wide what it says may be, and what its edges and gaps take besides. */
const [NARROW, WIDE, EDGES] = [280, 340, 52];
const GAP = 12;

/** How far a stretch has to move to be within another; where it is too long its begin is. */
function within(begin: number, end: number, from: number, to: number): number {
  const beyond = Math.max(end - to, 0);
  return begin - beyond < from ? Math.min(begin - from, beyond) : beyond;
}

export class Popups {
  private readonly popup: L.Popup;
  private expected = false;
  private opener: Element | null = null;

  constructor(
    private readonly view: MapView,
    private readonly notices: HTMLElement,
    closed: () => void,
  ) {
    // what covers the map here, Leaflet does not know
    this.popup = L.popup({ className: 'card', autoPan: false, closeButton: true });
    const classes = view.leaflet.getContainer().classList;
    view.leaflet.held = () => (this.popup.isOpen() ? this.popup.getLatLng() : undefined);
    view.leaflet.on('popupopen', () => classes.add('with-popup'));
    view.leaflet.on('popupclose', () => {
      classes.remove('with-popup');
      this.returnFocus();
      if (this.expected) return;
      this.opener = null;
      closed();
    });
    new ResizeObserver(() => this.makeRoom()).observe(notices);
  }

  open(at: L.LatLng, content: HTMLElement, closeLabel: string): void {
    const { x, y } = this.view.leaflet.getSize();
    const { paddingTopLeft, paddingBottomRight } = this.view.padding();
    const free = x - paddingTopLeft[0] - paddingBottomRight[0] - BUTTONS - EDGES;
    const width = Math.min(WIDE, Math.max(NARROW, free), x - 60);
    this.quietly(() => this.view.leaflet.closePopup(this.popup));
    this.popup.options.maxWidth = width;
    this.popup.options.minWidth = Math.min(NARROW, x - 60);
    content.style.setProperty('--popup-table', `${Math.max(96, Math.min(240, y * 0.34))}px`);
    this.popup.setLatLng(at).setContent(content).openOn(this.view.leaflet);
    const close = this.popup.getElement()?.querySelector('.leaflet-popup-close-button');
    close?.setAttribute('aria-label', closeLabel);
    close?.setAttribute('title', closeLabel);
    content.addEventListener('toggle', () => this.makeRoom(), true);
    this.makeRoom();
    this.takeFocus(content);
  }

  close(): void {
    this.view.leaflet.closePopup(this.popup);
  }

  get isOpen(): boolean {
    return this.popup.isOpen();
  }

  get at(): L.LatLng | undefined {
    return this.popup.getLatLng();
  }

  /** How much of the map's height notices take from above; while something is measured they stand below. */
  private get noticed(): number {
    const { top, bottom, height } = this.notices.getBoundingClientRect();
    const map = this.view.leaflet.getContainer().getBoundingClientRect();
    return height === 0 || top > map.top + map.height / 2 ? 0 : bottom - map.top;
  }

  /** Move the map where what is open goes beyond an edge, or lies under the panel, a notice or the drawer. */
  makeRoom(): void {
    const card = this.popup.isOpen() ? this.popup.getElement()?.getBoundingClientRect() : undefined;
    if (!card) return;
    const map = this.view.leaflet.getContainer().getBoundingClientRect();
    const { paddingTopLeft } = this.view.padding();
    const [left, top] = [map.left + paddingTopLeft[0], map.top + paddingTopLeft[1] + this.noticed];
    const right = map.right - this.margin(map.right - left - card.width);
    const by = L.point(
      within(card.left, card.right, left, right),
      within(card.top, card.bottom, top, map.bottom - GAP),
    );
    if (by.x !== 0 || by.y !== 0) this.view.moveBy(by);
  }

  /** How far from the right edge a popup ends, where so much room is left: beside the legend, the buttons, the drawer. */
  private margin(room: number): number {
    const map = this.view.leaflet.getContainer().getBoundingClientRect();
    const legend = this.view.legendCorner.getBoundingClientRect();
    const covered = legend.width > 0 && legend.height > 0 ? map.right - legend.left : 0;
    const beside = this.view.padding().paddingBottomRight[0];
    const wanted = [Math.max(covered + GAP, beside + BUTTONS), beside + BUTTONS, beside];
    return wanted.find((each) => each <= room) ?? GAP;
  }

  /** The reader is led to what has opened, and back to where they were when it closes. */
  private takeFocus(content: HTMLElement): void {
    const active = document.activeElement;
    // One popup opened from another: the reader still came from where the first was opened.
    if (active !== document.body && !this.popup.getElement()?.contains(active)) this.opener = active;
    content.tabIndex = -1;
    content.focus({ preventScroll: true });
  }

  private returnFocus(): void {
    const { opener } = this;
    const active = document.activeElement;
    // Focus that is in the popup, which fades, is lost with it; focus that has moved on stays where it is.
    const isLost = active === document.body || this.popup.getElement()?.contains(active);
    if (!isLost || !opener?.isConnected) return;
    if (opener instanceof HTMLElement || opener instanceof SVGElement) opener.focus({ preventScroll: true });
  }

  private quietly(action: () => void): void {
    this.expected = true;
    action();
    this.expected = false;
  }
}

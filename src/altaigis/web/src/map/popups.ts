/** One popup at a time. Its content is always an element, so that nothing is read as markup. */

import L from 'leaflet';
import type { MapView } from './view';

/** Where there is room a popup ends beside the buttons of the map. */
const BUTTONS = 48;
/** Pixels: how wide what it says may be, and what its edges and gaps take besides. */
const [NARROW, WIDE, EDGES] = [280, 340, 52];

export class Popups {
  private readonly popup: L.Popup;
  private expected = false;
  private opener: Element | null = null;

  constructor(
    private readonly view: MapView,
    private readonly notices: HTMLElement,
    closed: () => void,
  ) {
    this.popup = L.popup({ className: 'card', autoPanPadding: [12, 12], closeButton: true });
    const classes = view.leaflet.getContainer().classList;
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
    this.popup.options.autoPanPaddingTopLeft = [paddingTopLeft[0], paddingTopLeft[1] + this.noticed];
    this.popup.options.autoPanPaddingBottomRight = [this.margin(x - paddingTopLeft[0] - width), 12];
    content.style.setProperty('--popup-table', `${Math.max(96, Math.min(240, y * 0.34))}px`);
    this.popup.setLatLng(at).setContent(content).openOn(this.view.leaflet);
    const close = this.popup.getElement()?.querySelector('.leaflet-popup-close-button');
    close?.setAttribute('aria-label', closeLabel);
    close?.setAttribute('title', closeLabel);
    content.addEventListener('toggle', () => this.makeRoom(), true);
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

  /** How much of the map's height notices take from above. */
  private get noticed(): number {
    const { bottom, height } = this.notices.getBoundingClientRect();
    return height === 0 ? 0 : bottom - this.view.leaflet.getContainer().getBoundingClientRect().top;
  }

  /** Move the map where what is open has grown beyond its upper edge, or lies under a notice or the drawer. */
  makeRoom(): void {
    const card = this.popup.isOpen() ? this.popup.getElement()?.getBoundingClientRect() : undefined;
    if (!card) return;
    const { leaflet } = this.view;
    const { top, left, right } = leaflet.getContainer().getBoundingClientRect();
    const { paddingTopLeft, paddingBottomRight } = this.view.padding();
    const above = top + this.noticed + 12 - card.top;
    const free = right - paddingBottomRight[0] - left - paddingTopLeft[0] - card.width - 12;
    const beside = free >= BUTTONS ? BUTTONS : 0;
    const beyond = card.right + 12 + beside - (right - paddingBottomRight[0]);
    // Where there is no room between the panel and the drawer, neither side is better.
    const [x, y] = [free > 0 ? Math.max(beyond, 0) : 0, -Math.max(above, 0)];
    if (x !== 0 || y !== 0) leaflet.panBy([x, y]);
  }

  /** How far from the right edge a popup ends: beside the legend and the drawer, where there is so much room. */
  private margin(room: number): number {
    const map = this.view.leaflet.getContainer().getBoundingClientRect();
    const legend = this.view.legendCorner.getBoundingClientRect();
    const covered = legend.width > 0 && legend.height > 0 ? map.right - legend.left : 0;
    const beside = this.view.padding().paddingBottomRight[0];
    const wanted = [Math.max(covered + 12, beside + BUTTONS), beside];
    return wanted.find((each) => each + 12 <= room) ?? 12;
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

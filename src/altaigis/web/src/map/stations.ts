/** Signs of stations on the map, with their values beside them; all of it answers the pointer and the keys. */

import L from 'leaflet';
import type { Feature, Mark } from '../contract';
import { markIcon } from '../mark';
import type { Labels } from './labels';
import type { Marks, PointMark } from './marks';
import type { MapView } from './view';

export interface Sign {
  station: string;
  at: [lon: number, lat: number];
  mark: Mark;
  /** The value as it stands beside the sign. */
  value: string;
  /** What is said of it at the pointer, and to who cannot see. */
  title: string;
  /** Higher ones lie above lower ones. */
  rank: number;
}

interface Drawn {
  sign: Sign;
  marker: L.Marker;
}

const SOURCE = 'observed';
/** Farther off, values would only hide each other. */
const VALUES_FROM = 6.75;
const VALUE_WEIGHT = 1e12;
const RADIUS = 7;
/** Of the room that a value leaves its sign: signs that stand in a ring have values all the same. */
const ROOM = 5;
/** The station that is looked at has a ring about its sign. */
const ROOM_OF_PICKED = 13;
const SIZE = 18;
const RANK = 1000;

export class StationSigns {
  private readonly drawn = new Map<string, Drawn>();
  private readonly group = L.layerGroup();
  private picked: string | null = null;

  constructor(
    private readonly view: MapView,
    private readonly signs: { marks: Marks; labels: Labels },
    private readonly pick: (station: string) => void,
  ) {}

  /** Draw these and no others; those that are there already keep their place, and the focus. */
  show(signs: readonly Sign[]): void {
    this.group.addTo(this.view.leaflet);
    const wanted = new Set(signs.map(({ station }) => station));
    for (const [station, { marker }] of this.drawn)
      if (!wanted.has(station)) {
        marker.remove();
        this.group.removeLayer(marker);
        this.drawn.delete(station);
      }
    const known = this.drawn.size;
    for (const sign of signs) this.drawn.set(sign.station, { sign, marker: this.marker(sign) });
    for (const { sign, marker } of this.drawn.values()) this.dress(sign, marker);
    // nobody moves to make room while only the values change
    if (known !== this.drawn.size || known === 0) this.signs.marks.show(SOURCE, this.places());
    this.label();
  }

  hide(): void {
    this.group.clearLayers();
    this.group.remove();
    this.drawn.clear();
    this.signs.marks.hide(SOURCE);
    this.signs.labels.hide(SOURCE);
  }

  /** The station that is looked at. */
  choose(station: string | null): void {
    this.picked = station;
    for (const { sign, marker } of this.drawn.values()) this.dress(sign, marker);
    this.label();
  }

  private marker(sign: Sign): L.Marker {
    const known = this.drawn.get(sign.station);
    if (known) return known.marker;
    const marker = L.marker([sign.at[1], sign.at[0]], {
      icon: L.divIcon({ className: 'mark station-sign', html: '', iconSize: [SIZE, SIZE] }),
      pane: 'points',
      keyboard: true,
      riseOnHover: true,
    });
    marker.on('click', (event) => {
      L.DomEvent.stopPropagation(event);
      this.pick(sign.station);
    });
    marker.bindTooltip(() => this.told(sign.station), {
      direction: 'top',
      offset: [0, -8],
      className: 'name-tip',
    });
    marker.addTo(this.group);
    const element = marker.getElement();
    element?.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter' || key === ' ') this.pick(sign.station);
    });
    element?.addEventListener('focus', () => element.matches(':focus-visible') && marker.openTooltip());
    element?.addEventListener('blur', () => marker.closeTooltip());
    return marker;
  }

  /** As an element: Leaflet would take a string for markup. */
  private told(station: string): HTMLElement {
    const told = document.createElement('span');
    told.textContent = this.drawn.get(station)?.sign.title ?? '';
    return told;
  }

  private dress({ station, mark, title, rank }: Sign, marker: L.Marker): void {
    marker.setZIndexOffset(rank * RANK);
    const element = marker.getElement();
    if (!element) return;
    element.replaceChildren(markIcon(mark));
    element.setAttribute('role', 'button');
    element.setAttribute('aria-label', title);
    element.setAttribute('data-station', station);
    element.classList.toggle('looked-at', station === this.picked);
  }

  private places(): PointMark[] {
    return [...this.drawn.values()].map(({ sign, marker }) => ({
      layer: SOURCE,
      feature: { type: 'Feature', id: sign.station, geometry: null, properties: {} } satisfies Feature,
      marker,
      at: L.latLng(sign.at[1], sign.at[0]),
      radius: RADIUS,
    }));
  }

  private label(): void {
    const labels = [...this.drawn.values()].flatMap(({ sign, marker }) =>
      sign.value === ''
        ? []
        : [
            {
              // beside the sign, which may stand beside its place
              get at() {
                return marker.getLatLng();
              },
              name: () => sign.value,
              weight: VALUE_WEIGHT + sign.rank,
              zooms: [VALUES_FROM, 22] as [number, number],
              size: 12,
              bold: 600 as const,
              dot: sign.station === this.picked ? ROOM_OF_PICKED : ROOM,
              kind: 'observed' as const,
            },
          ],
    );
    this.signs.labels.show(SOURCE, labels);
  }
}

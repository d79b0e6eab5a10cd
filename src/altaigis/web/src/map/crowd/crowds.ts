/** All layers that are drawn out of tiles, and the pointer over them: Leaflet does not know what is on a canvas. */

import L from 'leaflet';
import type { Language } from '../../contract';
import { nameOf } from '../../feature';
import type { Click, MapView } from '../view';
import type { Crowd, Hit } from './layer';

/** What answers the pointer itself, and lies above. */
const ABOVE = '.mark, .leaflet-popup, .leaflet-control, .labels .leaflet-interactive';

export class Crowds {
  private readonly crowds = new Map<string, Crowd>();
  private readonly tip = L.tooltip({ direction: 'top', offset: [0, -8], className: 'name-tip crowd-tip' });
  private frame = 0;
  private at: Hit | null = null;

  constructor(
    private readonly view: MapView,
    private readonly language: () => Language,
  ) {
    const map = view.leaflet.getContainer();
    map.addEventListener('mousemove', (event) => this.later(event));
    map.addEventListener('mouseleave', () => this.hover(null));
    view.leaflet.on('movestart', () => this.hover(null));
  }

  add(crowd: Crowd): void {
    this.crowds.set(crowd.data.collection.id, crowd);
  }

  under(click: Click): Hit[] {
    return [...this.crowds.values()].filter((crowd) => crowd.isShown).flatMap((crowd) => crowd.under(click));
  }

  /** At most once a picture. */
  private later(event: MouseEvent): void {
    cancelAnimationFrame(this.frame);
    // While the map is dragged, nothing is pointed at.
    if (event.buttons === 0) this.frame = requestAnimationFrame(() => this.look(event));
  }

  private look(event: MouseEvent): void {
    const covered = event.target instanceof Element && event.target.closest(ABOVE);
    this.hover(covered ? null : (this.under(this.view.click(event))[0] ?? null));
  }

  private hover(hit: Hit | null): void {
    const same = hit?.feature.id === this.at?.feature.id && hit?.layer === this.at?.layer;
    if (same) return;
    this.view.leaflet.getContainer().classList.toggle('over-crowd', hit !== null);
    if (this.at && this.at.layer !== hit?.layer) this.crowds.get(this.at.layer)?.point(null);
    this.at = hit;
    const crowd = hit && this.crowds.get(hit.layer);
    if (!hit || !crowd) {
      this.tip.remove();
      return;
    }
    crowd.point(String(hit.feature.id));
    const said = document.createElement('span');
    const { collection } = crowd.data;
    said.textContent = nameOf(hit.feature, collection, this.language()) ?? collection.title;
    this.tip.setContent(said).setLatLng(hit.at).addTo(this.view.leaflet);
  }
}

/** Names on the map: the most important first, more as one comes nearer, none overlapping. */

import L from 'leaflet';
import type { Feature, Language } from '../contract';
import { s } from '../dom';
import { type Box, type Candidate, place } from '../placing';
import type { Click, MapView } from './view';

export interface Label {
  at: L.LatLng;
  name: (language: Language) => string;
  /** Higher is placed earlier. */
  weight: number;
  zooms: [from: number, to: number];
  size: number;
  bold: 400 | 600;
  /** Radius of the dot; 0 for the name of an area, which stands on its middle. */
  dot: number;
  kind: 'settlement' | 'settlement beyond' | 'region' | 'observed';
  /** 0 to 1. */
  opacity?: number;
  /** What the label names, where it can be opened. */
  feature?: Feature;
  attributes?: Record<string, string>;
  /** What a click does; with its place where it was on the dot, and others may be meant as well. */
  pick?: (click?: Click) => void;
}

const FONT = '"Golos Text", sans-serif';
const REGION_SPACING = 0.6;
const TOUCH_REACH = 10;
/** Marks nearer than this to a place, pixels, stand around it. */
const RING = 18;

export class Labels {
  private readonly svg = s('svg', { class: 'labels leaflet-zoom-hide' });
  private readonly sources = new Map<string, Label[]>();
  private readonly measure = document.createElement('canvas').getContext('2d');
  private language: Language = 'ru';
  private drawn: Label[] = [];
  private frame = 0;

  constructor(private readonly view: MapView) {
    const map = view.leaflet;
    map.getPane('labels')?.append(this.svg);
    map.whenReady(() => {
      map.on('moveend zoomend resize', () => this.later());
      // Tooltips and outlines are layers as well, and in nobody's way.
      map.on('layeradd layerremove', ({ layer }: L.LayerEvent) => layer instanceof L.Marker && this.later());
      void document.fonts.ready.then(() => this.later());
      // Paper has no next frame.
      window.addEventListener('beforeprint', () => this.draw());
    });
  }

  show(source: string, labels: Label[]): void {
    this.sources.set(source, labels);
    this.later();
  }

  hide(source: string): void {
    this.sources.delete(source);
    this.later();
  }

  speak(language: Language): void {
    this.language = language;
    this.later();
  }

  /** The labels whose dot a click is on. */
  under({ point, touch }: Click): Label[] {
    const map = this.view.leaflet;
    return this.drawn.filter(
      ({ at, dot, pick }) =>
        pick && map.latLngToContainerPoint(at).distanceTo(point) <= dot + (touch ? TOUCH_REACH : 1),
    );
  }

  private later(): void {
    if (!this.view.isPlaced) return;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    if (!this.view.isPlaced) return;
    const map = this.view.leaflet;
    const size = map.getSize();
    L.DomUtil.setPosition(this.svg as unknown as HTMLElement, map.containerPointToLayerPoint([0, 0]));
    this.svg.setAttribute('width', String(size.x));
    this.svg.setAttribute('height', String(size.y));
    const zoom = map.getZoom();
    const bounds = map.getBounds().pad(0.05);
    const labels = [...this.sources.values()]
      .flat()
      .filter(({ zooms, at }) => zoom >= zooms[0] && zoom <= zooms[1] && bounds.contains(at))
      .sort((a, b) => b.weight - a.weight);
    const marks = this.marks();
    const candidates = labels.map((label) => this.candidate(label, marks));
    this.drawn = [];
    const elements = place(candidates, marks).flatMap(({ index, box }) => {
      const label = labels[index];
      const candidate = candidates[index];
      if (!label || !candidate) return [];
      this.drawn.push(label);
      return [this.element(label, candidate, box)];
    });
    this.svg.replaceChildren(...elements);
  }

  private candidate(label: Label, marks: readonly Box[]): Candidate {
    const { x, y } = this.view.leaflet.latLngToContainerPoint(label.at);
    const name = label.name(this.language);
    let width = name.length * label.size * 0.6;
    if (this.measure) {
      this.measure.font = `${label.bold} ${label.size}px ${FONT}`;
      width = this.measure.measureText(name).width;
    }
    if (label.kind === 'region') width += name.length * REGION_SPACING;
    // Marks that stand around a place keep its name outside their ring.
    const around = marks.map((box) =>
      Math.hypot((box.left + box.right) / 2 - x, (box.top + box.bottom) / 2 - y),
    );
    const ring = around.filter((distance) => distance < RING);
    // A value stands right beside its own mark.
    const beside = ring.length > 2 && label.kind !== 'observed' ? Math.max(...ring) + 7 : label.dot + 3;
    return { x, y, width, height: label.size + 2, gap: label.dot === 0 ? 0 : beside };
  }

  /** Where the marks of other layers stand. */
  private marks(): Box[] {
    const boxes: Box[] = [];
    this.view.leaflet.eachLayer((layer) => {
      if (!(layer instanceof L.Marker)) return;
      const { x, y } = this.view.leaflet.latLngToContainerPoint(layer.getLatLng());
      boxes.push({ left: x - 6, top: y - 6, right: x + 6, bottom: y + 6 });
    });
    return boxes;
  }

  private element(label: Label, point: Candidate, box: Box): SVGGElement {
    const { pick } = label;
    return s(
      'g',
      {
        class: `${label.kind}${pick ? ' leaflet-interactive' : ''}`,
        opacity: label.opacity,
        ...label.attributes,
        ...(pick && {
          click: (event: MouseEvent) => {
            event.stopPropagation();
            pick(event.target instanceof SVGCircleElement ? this.view.click(event) : undefined);
          },
        }),
      },
      label.dot > 0 ? s('circle', { cx: point.x, cy: point.y, r: label.dot }) : null,
      s(
        'text',
        { x: box.left, y: box.bottom - 4, 'font-size': label.size, 'font-weight': label.bold },
        label.name(this.language),
      ),
    );
  }
}

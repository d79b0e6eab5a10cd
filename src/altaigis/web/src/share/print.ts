/** The map on paper: A4, with title, scale and north, legend, sources, date and link. */

import { h, s } from '../dom';
import { date } from '../format';
import { below, fits, told } from './fitted';
import type { Scene } from './scene';
import { settled, stage } from './stage';
import { type Paper, WORDS } from './words';

/** What is left of a sheet for the map, CSS pixels: the style sheet has its margins, and lines for the words. */
const MAPS: Record<Paper, { width: number; height: number }> = {
  landscape: { width: 735, height: 590 },
  portrait: { width: 716, height: 560 },
};
/** Of a sheet that has a passport or a comparison below the map. */
const SMALL = { width: 420, height: 310 };
/** What is left beside it for the legend. */
const BESIDE = 280;

export class Print {
  private back: (() => void) | null = null;

  constructor(private readonly scene: Scene) {
    // Before the map's own listeners: names are placed on what is already as large as the paper.
    const options = { capture: true };
    window.addEventListener(
      'beforeprint',
      () => this.prepare(innerWidth < innerHeight ? 'portrait' : 'landscape'),
      options,
    );
    window.addEventListener('afterprint', () => this.restore());
  }

  async print(title: string, paper: Paper): Promise<void> {
    this.prepare(paper, title);
    await settled(this.scene.desk.view);
    window.print();
  }

  private prepare(wanted: Paper, title = this.scene.title): void {
    if (this.back) return;
    const { scene } = this;
    const drawer = told();
    const paper = drawer ? 'portrait' : wanted;
    const { language, view } = scene.desk;
    const t = WORDS[language];
    const map = view.leaflet.getContainer();
    const heading = drawer?.querySelector('h2')?.textContent;
    const head = h('header', { class: 'print-head' }, h('h1', {}, heading ?? title));
    const day = date(new Date().toISOString().slice(0, 10), language);
    const foot = h(
      'footer',
      { class: 'print-foot' },
      h('p', {}, `${t.sources}: ${scene.sources.join(' · ')}`),
      h('p', {}, `${t.madeOn(day)} · `, h('span', {}, decodeURI(location.href))),
    );
    const key = scene.key();
    const sign = north(t.north);
    map.before(head);
    map.after(key, foot);
    map.append(sign);
    const { classList, dataset } = document.documentElement;
    const { theme } = dataset;
    // Paper is light, whatever the screen is.
    dataset.theme = 'light';
    classList.add(`print-${paper}`);
    if (drawer) classList.add('print-told');
    const size = drawer ? SMALL : MAPS[paper];
    const unstage = stage(view, size);
    if (drawer) fits(key, { width: BESIDE, height: size.height }, 30);
    else if (paper === 'landscape') key.style.zoom = String(Math.min(1, size.height / key.offsetHeight));
    const unfit = drawer && below(size.height, key, drawer);
    this.back = () => {
      unstage();
      unfit?.();
      for (const part of [head, key, foot, sign]) part.remove();
      classList.remove(`print-${paper}`, 'print-told');
      if (theme) dataset.theme = theme;
    };
  }

  private restore(): void {
    this.back?.();
    this.back = null;
  }
}

const north = (letter: string): SVGSVGElement =>
  s(
    'svg',
    { class: 'print-north', width: 28, height: 44, viewBox: '-14 -4 28 44' },
    s('path', { d: 'M0 0l7 20-7-5-7 5z' }),
    s('text', { x: 0, y: 34, 'text-anchor': 'middle', 'font-weight': 600, 'font-size': 12 }, letter),
  );

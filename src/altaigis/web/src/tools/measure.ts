/** Measuring on the map: points by click or key, their length and area in a card. */

import type { Spot } from '../coordinates';
import type { Desk } from '../desk';
import { h } from '../dom';
import { Ruler } from '../map/ruler';
import { measured } from './geodesic';
import { areaText, lengthText } from './quantities';
import { WORDS } from './words';

export class Measure {
  readonly element = h('section', { class: 'measure', 'data-testid': 'measure' });
  private spots: readonly Spot[] = [];
  private isDone = false;
  private readonly ruler: Ruler;
  private readonly listening = new AbortController();
  private readonly result = h('p', { class: 'measure-result', role: 'status', 'data-testid': 'measured' });

  constructor(
    private readonly desk: Desk,
    private readonly closed: () => void,
  ) {
    this.ruler = new Ruler(
      desk.view,
      (spot) => this.add(spot),
      () => this.finish(),
    );
    const options = { capture: true, signal: this.listening.signal };
    document.addEventListener('keydown', (event) => this.key(event), options);
    document.documentElement.classList.add('measuring');
    this.speak();
  }

  speak(): void {
    const t = WORDS[this.desk.language];
    const button = (text: string, click: () => void, primary = false) =>
      h('button', { type: 'button', class: primary ? 'primary' : 'quiet-button', click }, text);
    this.element.setAttribute('aria-label', t.measuring);
    const actions = this.isDone
      ? [button(t.again, () => this.restart()), button(t.close, () => this.close(), true)]
      : [
          button(t.undo, () => this.undo()),
          button(t.close, () => this.close()),
          button(t.done, () => this.finish(), true),
        ];
    this.element.replaceChildren(
      h('h2', {}, t.measuring),
      this.result,
      this.isDone ? h('p', {}, t.ellipsoid) : h('p', {}, t.measureHint, ' ', t.measureKeys),
      h('p', { class: 'measure-actions' }, ...actions),
    );
    this.tell();
  }

  close(): void {
    this.listening.abort();
    this.ruler.remove();
    this.element.remove();
    document.documentElement.classList.remove('measuring');
    this.closed();
  }

  private add(spot: Spot): void {
    if (this.isDone) this.restart();
    this.set([...this.spots, spot]);
  }

  private undo(): void {
    this.set(this.spots.slice(0, -1));
  }

  private restart(): void {
    this.isDone = false;
    document.documentElement.classList.add('measuring');
    this.set([]);
    this.speak();
  }

  private finish(): void {
    this.isDone = true;
    document.documentElement.classList.remove('measuring');
    this.speak();
  }

  private set(spots: readonly Spot[]): void {
    this.spots = spots;
    this.ruler.draw(spots);
    this.tell();
  }

  private tell(): void {
    const { language } = this.desk;
    const t = WORDS[language];
    const { length, perimeter, area } = measured(this.spots);
    const parts = [t.points(this.spots.length)];
    if (this.spots.length > 1) parts.push(`${t.length}: ${lengthText(length, language)}`);
    if (this.spots.length > 2)
      parts.push(
        `${t.perimeter}: ${lengthText(perimeter, language)}`,
        `${t.area}: ${areaText(area, language)}`,
      );
    this.result.replaceChildren(...parts.map((part) => h('span', {}, part)));
  }

  private key(event: KeyboardEvent): void {
    const { target } = event;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
    const onButton = target instanceof HTMLButtonElement;
    const act = {
      Escape: () => this.close(),
      ...(!onButton &&
        !this.isDone && { Enter: () => this.finish(), ' ': () => this.add(this.ruler.centre) }),
      ...(!this.isDone && { Backspace: () => this.undo() }),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}

/** One map in two halves, with a divider that is moved by pointer and by keys. */

import type { Feature } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { LayerData } from '../feature';
import { Curtain } from '../map/curtain';
import { Marks } from '../map/marks';
import { VectorLayer } from '../map/vector';
import { type LayerStack, type StackEvents, UNITS_LAYER } from '../stack';
import type { Numbers } from '../thematic/numbers';
import { moved } from './choice';
import { WORDS } from './words';

export class Swipe {
  private readonly divider = h('div', {
    class: 'divider',
    role: 'separator',
    tabindex: 0,
    'aria-orientation': 'vertical',
    'aria-controls': 'map',
    'aria-valuemin': 0,
    'aria-valuemax': 100,
    'data-testid': 'divider',
    keydown: (event: KeyboardEvent) => this.key(event),
  });
  private readonly frame = h('section', { class: 'twin-frame' }, this.divider);
  private readonly curtain: Curtain;
  private units: VectorLayer | null = null;
  private numbers: Numbers | null = null;
  private at = 50;

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly events: StackEvents,
    /** The divider has come to rest, percent. */
    private readonly placed: (at: number) => void,
  ) {
    this.curtain = new Curtain(desk.view);
    document.body.append(this.frame);
    this.drag();
  }

  show(look: LayerData, numbers: Numbers, at: number): void {
    const { language } = this.desk;
    this.numbers = numbers;
    this.units ??= this.make(look);
    this.units.recolour(look);
    this.units.setFillVisible(this.stack.isFilled(this.units.data));
    this.units.fade(this.stack.opacity.get(UNITS_LAYER) ?? 1);
    this.units.speak(language);
    this.frame.setAttribute('aria-label', WORDS[language].second);
    this.divider.setAttribute('aria-label', WORDS[language].divider);
    this.move(at);
  }

  remove(): void {
    this.units?.hide();
    this.curtain.remove();
    this.frame.remove();
  }

  private make(look: LayerData): VectorLayer {
    const { view } = this.desk;
    const events = {
      pick: (feature: Feature, at: Parameters<StackEvents['pick']>[2]) =>
        this.events.pick(UNITS_LAYER, feature, at),
      hover: (feature: Feature | null) => this.events.hover(UNITS_LAYER, feature),
      tip: ({ id }: Feature) => this.numbers?.figure(String(id), this.desk.language) ?? null,
    };
    const units = new VectorLayer(view, new Marks(view), look, events, 'curtain');
    units.show();
    return units;
  }

  private move(at: number): void {
    this.at = at;
    this.divider.style.left = `${at}%`;
    this.divider.setAttribute('aria-valuenow', String(Math.round(at)));
    this.divider.setAttribute('aria-valuetext', WORDS[this.desk.language].dividerAt(Math.round(at)));
    this.curtain.move(at / 100);
  }

  private key(event: KeyboardEvent): void {
    const at = moved(this.at, event.key);
    if (at === undefined) return;
    event.preventDefault();
    this.move(at);
    this.placed(at);
  }

  private drag(): void {
    const { divider, frame } = this;
    divider.addEventListener('pointerdown', (event) => {
      divider.setPointerCapture(event.pointerId);
      event.preventDefault();
      divider.focus({ preventScroll: true });
    });
    divider.addEventListener('pointermove', (event) => {
      if (!divider.hasPointerCapture(event.pointerId)) return;
      const { left, width } = frame.getBoundingClientRect();
      this.move(Math.min(100, Math.max(0, ((event.clientX - left) / width) * 100)));
    });
    divider.addEventListener('lostpointercapture', () => this.placed(Math.round(this.at)));
  }
}

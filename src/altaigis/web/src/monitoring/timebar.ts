/** The bar at the bottom: a slider over the time of the observations, and a button that runs through it. */

import type { Language } from '../contract';
import { h } from '../dom';
import type { Step } from './choice';
import type { Frames } from './contract';
import { bucketName } from './times';
import { WORDS } from './words';

/** Each time is seen for so long when the time is played. */
const FRAME_MS = 350;

export interface TimeActions {
  /** Another time, by its place among the frames. */
  go(at: number): void;
  step(step: Step): void;
  leave(): void;
}

export class TimeBar {
  readonly element = h('section', { class: 'timebar', 'data-testid': 'timebar', hidden: true });
  private readonly slider = h('input', {
    type: 'range',
    min: 0,
    step: 1,
    'data-testid': 'moment',
    input: () => {
      this.stop();
      this.actions.go(Number(this.slider.value));
    },
  });
  private readonly told = h('output', { 'data-testid': 'moment-name' });
  private readonly button = h('button', {
    type: 'button',
    class: 'play',
    'data-testid': 'play-time',
    click: () => (this.timer ? this.stop() : this.play()),
  });
  private timer = 0;
  private length = 0;
  private language: Language = 'ru';

  constructor(private readonly actions: TimeActions) {}

  show(frames: Frames, at: number, step: Step, steps: readonly Step[], language: Language): void {
    this.language = language;
    const t = WORDS[language];
    this.length = frames.times.length;
    this.slider.max = String(Math.max(this.length - 1, 0));
    this.slider.value = String(at);
    const name = bucketName(frames.times[at] ?? '', step, language);
    this.slider.setAttribute('aria-label', t.moment);
    this.slider.setAttribute('aria-valuetext', name);
    this.told.textContent = name;
    this.label();
    if (!this.element.contains(this.slider) || this.element.dataset.told !== `${language} ${step} ${steps}`)
      this.build(step, steps, language);
    this.element.setAttribute('aria-label', t.moment);
    this.element.hidden = false;
    document.documentElement.classList.add('with-timebar');
  }

  hide(): void {
    this.stop();
    this.element.hidden = true;
    document.documentElement.classList.remove('with-timebar');
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = 0;
    this.label();
  }

  private play(): void {
    this.timer = window.setInterval(() => {
      this.actions.go((Number(this.slider.value) + 1) % Math.max(this.length, 1));
    }, FRAME_MS);
    this.label();
  }

  private label(): void {
    const t = WORDS[this.language];
    const label = this.timer ? t.pause : t.play;
    this.button.textContent = this.timer ? '❚❚' : '▶';
    this.button.setAttribute('aria-label', label);
    this.button.title = label;
  }

  private build(step: Step, steps: readonly Step[], language: Language): void {
    const t = WORDS[language];
    const select = h(
      'select',
      {
        'aria-label': t.step,
        'data-testid': 'time-step',
        change: (event: Event) => this.actions.step((event.currentTarget as HTMLSelectElement).value as Step),
      },
      ...steps.map((value) => h('option', { value }, t.steps[value])),
    );
    select.value = step;
    const leave = h(
      'button',
      {
        type: 'button',
        class: 'timebar-close',
        'aria-label': t.backToNow,
        title: t.backToNow,
        click: () => this.actions.leave(),
      },
      '×',
    );
    this.element.dataset.told = `${language} ${step} ${steps}`;
    this.element.replaceChildren(this.button, this.slider, this.told, select, leave);
  }
}

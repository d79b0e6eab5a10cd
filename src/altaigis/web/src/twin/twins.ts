/** A second indicator, or another year, beside the one on the map: what is chosen. What is drawn comes when it is wanted. */

import type { Feature } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { Piece } from '../piece';
import { type LayerStack, type StackEvents, UNITS_LAYER } from '../stack';
import type { State } from '../state';
import { type Loaded, load } from '../thematic/load';
import type { Thematic } from '../thematic/thematic';
import { formatTwin, neighbour, type Twin } from './choice';
import type { Stage } from './stage';
import { WORDS } from './words';

export class Twins implements Piece {
  /** Whether there is a second map already, of another kind. */
  taken: () => boolean = () => false;
  /** Whether two maps have to share the room now. */
  sharing: (two: boolean) => void = () => {};
  private twin: Twin | null = null;
  private loaded: Loaded | null = null;
  private stage: Stage | null = null;

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly thematic: Thematic,
    private readonly events: StackEvents,
    private readonly moved: () => void,
  ) {
    thematic.offers.push(() => this.offer());
  }

  get state(): State {
    return this.twin ? { twin: this.twin } : {};
  }

  async open({ twin, view }: State): Promise<string[]> {
    if (!twin) {
      this.close();
      return [];
    }
    const known = this.thematic.themes.some((theme) =>
      theme.indicators.some(({ code }) => code === twin.choice.code),
    );
    if (known && this.thematic.look) await this.choose(twin);
    // The map has another size now, and with it other limits.
    if (this.stage && view) this.desk.view.view = view;
    else if (this.stage) this.desk.view.showHome();
    if (this.twin === twin) return [];
    this.close();
    return [`twin=${formatTwin(twin)}`];
  }

  async speak(): Promise<void> {
    if (this.twin) await this.choose(this.twin);
  }

  /** Something else is on the map: the second one follows. */
  refresh(): void {
    if (this.twin && !this.thematic.look) this.close();
    else this.draw();
  }

  /** A unit is pointed at: both maps show it, and what it has. */
  hover(layer: string, feature: Feature | null): void {
    this.stage?.light(layer === UNITS_LAYER ? feature : null);
  }

  private offer(): HTMLElement | null {
    const { choice, indicator, themes, look } = this.thematic;
    if (!choice || !indicator || !look || this.twin || this.taken()) return null;
    const codes = themes.flatMap((theme) => theme.indicators.map(({ code }) => code));
    const first: Twin = { form: 'side', choice: neighbour(choice, indicator.periods, codes) };
    const click = () => void this.begin(first);
    return h(
      'button',
      { type: 'button', 'data-testid': 'twin-open', click },
      WORDS[this.desk.language].compare,
    );
  }

  /** What was seen on one map is seen on both. */
  private async begin(twin: Twin): Promise<void> {
    this.thematic.pause();
    const { seen } = this.desk.view;
    await this.choose(twin);
    if (this.stage) this.desk.view.show(seen);
    this.stage?.focus();
  }

  private async choose(twin: Twin): Promise<void> {
    const former = this.twin;
    this.twin = twin;
    try {
      const [loaded, { Stage }] = await this.desk.during(
        Promise.all([load(twin.choice, this.desk.language), import('./stage')]),
      );
      // Another may have been chosen in the meantime, or none.
      if (this.twin !== twin) return;
      this.loaded = loaded;
      if (!this.stage) this.sharing(true);
      this.stage ??= new Stage(this.desk, this.stack, this.events, {
        change: (change) => void (this.twin && this.choose({ ...this.twin, ...change(this.twin) })),
        place: (at) => this.place(at),
        close: () => this.leave(),
      });
      this.desk.notices.dismiss('twin');
    } catch (cause) {
      if (this.twin !== twin) return;
      this.twin = this.stage ? former : null;
      this.draw();
      const help = this.desk.reason(cause);
      const retry = () => void this.choose(twin);
      const what = WORDS[this.desk.language].failed;
      this.desk.notices.show('twin', { what, help, retry }, this.desk.t);
      return;
    }
    this.thematic.render();
    this.events.changed();
  }

  private draw(): void {
    const { numbers, look, themes } = this.thematic;
    if (!this.stage || !this.twin || !this.loaded || !numbers || !look) return;
    this.stage.show(numbers, { ...this.loaded, twin: this.twin }, themes);
  }

  private place(at: number): void {
    if (!this.twin) return;
    this.twin = { ...this.twin, at };
    this.moved();
  }

  /** One map again. */
  leave(): void {
    if (!this.twin) return;
    const { seen } = this.desk.view;
    this.close();
    this.desk.view.show(seen);
    this.events.changed();
    this.thematic.element.querySelector<HTMLElement>('[data-testid=twin-open]')?.focus();
  }

  private close(): void {
    if (!this.twin) return;
    this.twin = this.loaded = null;
    if (this.stage) this.sharing(false);
    this.stage?.remove();
    this.stage = null;
    this.thematic.render();
  }
}

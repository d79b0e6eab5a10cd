/** A raster and another beside it on a second map, as an estimate and its error. What is drawn comes when it is wanted. */

import * as api from '../api';
import type { Catalogue } from '../catalogue';
import type { Desk } from '../desk';
import type { Piece } from '../piece';
import type { LayerStack, StackEvents } from '../stack';
import type { State } from '../state';
import { formatRasters, type RasterPair } from './choice';
import type { RasterStage } from './rasters';
import { WORDS } from './words';

/** Two maps beside each other have no room on a phone. */
const phone = matchMedia('(max-width: 700px)');

export class Beside implements Piece {
  private pair: RasterPair | null = null;
  private stage: RasterStage | null = null;

  constructor(
    private readonly desk: Desk,
    private readonly catalogue: Catalogue,
    private readonly stack: LayerStack,
    private readonly events: StackEvents,
    private readonly changed: () => void,
  ) {}

  /** Whether there is room for two maps. */
  static get fits(): boolean {
    return !phone.matches;
  }

  get isOn(): boolean {
    return this.pair !== null;
  }

  get state(): State {
    return this.pair ? { beside: this.pair } : {};
  }

  async open({ beside }: State): Promise<string[]> {
    if (!beside) {
      this.close();
      return [];
    }
    return (await this.show(beside)) ? [] : [`beside=${formatRasters(beside)}`];
  }

  async speak(): Promise<void> {
    if (this.pair) await this.show(this.pair);
  }

  /** Something else is on the map: the second one follows. */
  refresh(): void {
    if (this.pair && !this.stack.on.has(this.pair.first)) this.close();
    else this.stage?.refresh();
  }

  /** Show both; false where there are no such rasters, or no room. */
  async show(pair: RasterPair): Promise<boolean> {
    const [first, second] = [pair.first, pair.second].map((id) => this.catalogue.find(id));
    if (!first || !second || !Beside.fits) return false;
    this.pair = pair;
    const { seen } = this.desk.view;
    try {
      const [{ RasterStage }, ...styles] = await this.desk.during(
        Promise.all([import('./rasters'), api.style(first.id), api.style(second.id)]),
      );
      if (!this.stack.on.has(first.id)) await this.stack.toggle(first.id, true);
      if (this.pair !== pair) return true;
      this.stage?.remove();
      this.stage = new RasterStage(this.desk, this.stack, this.events, () => this.close());
      this.stage.show({ collection: first, style: styles[0] }, { collection: second, style: styles[1] });
      this.desk.view.show(seen);
      this.desk.notices.dismiss('beside');
    } catch (cause) {
      if (!(cause instanceof api.ApiError)) throw cause;
      this.pair = null;
      const { t, notices, language } = this.desk;
      const help = this.desk.reason(cause);
      notices.show('beside', { what: WORDS[language].failed, help, retry: () => void this.show(pair) }, t);
    }
    this.changed();
    return true;
  }

  close(): void {
    if (!this.pair) return;
    const { seen } = this.desk.view;
    this.pair = null;
    this.stage?.remove();
    this.stage = null;
    this.desk.view.show(seen);
    this.changed();
  }
}

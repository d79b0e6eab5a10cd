/** All years of the indicator as small maps over the large one: what is chosen. What is drawn comes when it is wanted. */

import * as api from '../api';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { Piece } from '../piece';
import type { LayerStack } from '../stack';
import type { State } from '../state';
import { classesOf } from '../thematic/load';
import { Numbers } from '../thematic/numbers';
import type { Thematic } from '../thematic/thematic';
import type { Years } from './choice';
import type { YearsView } from './view';
import { WORDS } from './words';

export class Multiples implements Piece {
  private years: Years | null = null;
  private view: YearsView | null = null;

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly thematic: Thematic,
    private readonly changed: () => void,
  ) {
    thematic.offers.push(() => this.offer());
  }

  get state(): State {
    return this.years ? { years: this.years } : {};
  }

  async open({ years }: State): Promise<string[]> {
    if (!years) {
      this.view?.close();
      return [];
    }
    if (!this.thematic.choice) return ['years'];
    await this.show(years);
    return [];
  }

  async speak(): Promise<void> {
    if (this.years) await this.show(this.years);
  }

  private offer(): HTMLElement | null {
    const { indicator } = this.thematic;
    if (!indicator || indicator.periods.length < 2) return null;
    const click = () => void this.show('all');
    return h(
      'button',
      { type: 'button', 'data-testid': 'years-open', click },
      WORDS[this.desk.language].open,
    );
  }

  private async show(years: Years): Promise<void> {
    this.thematic.pause();
    const { choice } = this.thematic;
    const units = this.thematic.told;
    if (!choice || !units) return;
    this.years = years;
    const { language } = this.desk;
    try {
      const [classes, answer, { YearsView }] = await this.desk.during(
        Promise.all([
          classesOf(choice, language),
          api.indicatorValues(choice.code, { per: choice.per }),
          import('./view'),
        ]),
      );
      const of = (period: number) => answer.values.filter((row) => row.period === period);
      const found = [...new Set(answer.values.map(({ period }) => period))].sort((a, b) => a - b);
      const numbers = new Map(
        found.map((period) => [
          period,
          new Numbers({ ...answer, values: of(period) }, { ...classes, period }),
        ]),
      );
      // The address may have been left in the meantime.
      if (this.years !== years) return;
      this.view ??= new YearsView(this.desk, this.stack, {
        shown: (shown) => this.choose(shown),
        open: (period) => void this.thematic.choose({ ...choice, period }),
        closed: () => this.leave(),
      });
      this.view.show(numbers, years, units);
      this.desk.notices.dismiss('years');
    } catch (cause) {
      this.years = null;
      const help = this.desk.reason(cause);
      const what = WORDS[language].failed;
      this.desk.notices.show('years', { what, help, retry: () => void this.show(years) }, this.desk.t);
    }
    this.changed();
  }

  private choose(years: Years): void {
    this.years = years;
    this.changed();
  }

  private leave(): void {
    this.years = null;
    this.view = null;
    this.changed();
  }
}

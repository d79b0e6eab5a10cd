/** An indicator on the map: its choice, its values for a year, and the units drawn by them. */

import * as api from '../api';
import type { Feature, Indicator, IndicatorTheme } from '../contract';
import type { Desk } from '../desk';
import type { LayerData } from '../feature';
import { Symbols } from '../map/symbols';
import { VectorLayer } from '../map/vector';
import type { Piece } from '../piece';
import { type LayerStack, UNITS_LAYER } from '../stack';
import type { State } from '../state';
import { type Choice, mended } from './choice';
import { ThematicForm } from './form';
import { Loader } from './load';
import type { Numbers } from './numbers';

/** Each year is seen for so long when the years are played. */
const YEAR_MS = 1500;
/** The map is drawn first; then the years beside the one it shows are fetched. */
const AHEAD_MS = 300;

export class Thematic implements Piece {
  /** What else can be done with the indicator that is on the map: each a button, or nothing. */
  readonly offers: (() => HTMLElement | null)[] = [];
  themes: readonly IndicatorTheme[] = [];
  choice: Choice | null = null;
  indicator: Indicator | null = null;
  numbers: Numbers | null = null;
  private shownLook: LayerData | null = null;
  private timer = 0;
  private aheadTimer = 0;
  private readonly loader = new Loader();
  private readonly symbols: Symbols;
  private readonly form = new ThematicForm(
    (choice) => void this.choose(choice),
    () => this.playOrStop(),
  );

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly changed: () => void,
  ) {
    this.symbols = new Symbols(desk.view);
  }

  get element(): HTMLElement {
    return this.form.element;
  }

  get state(): State {
    const { choice, numbers } = this;
    if (!choice) return {};
    // of the latest year, too: a link shows the same when there is a later one
    const period = choice.period ?? numbers?.classes.period;
    return { indicator: { ...choice, ...(period !== undefined && { period }) } };
  }

  /** How the units look by the indicator; null where there is none, or where circles show it. */
  get look(): LayerData | null {
    return this.choice?.symbols ? null : this.shownLook;
  }

  /** The units with the indicator's values, however they are shown. */
  get told(): LayerData | null {
    return this.shownLook;
  }

  /** The values that are shown as a file. */
  get valuesFile(): string | null {
    if (!this.choice || !this.numbers) return null;
    const { period } = this.numbers.classes;
    return api.valuesAddress(this.choice.code, { f: 'csv', per: this.choice.per, period });
  }

  /** The values that are on the map, by colours or circles. */
  get shown(): Numbers | null {
    return this.numbers;
  }

  /** What the map shows by circles. */
  get circles(): Numbers | null {
    return this.choice?.symbols ? this.numbers : null;
  }

  async open({ indicator }: State): Promise<string[]> {
    this.stop();
    await this.loadThemes();
    const known =
      indicator && this.themes.some((theme) => theme.indicators.some(({ code }) => code === indicator.code));
    if (indicator && !known) {
      await this.choose(null);
      return [indicator.code];
    }
    const { choice, left } = indicator ? await this.possible(indicator) : { choice: null, left: [] };
    await this.choose(choice);
    return left;
  }

  /** A choice without what the indicator does not have, which is named. */
  private async possible(choice: Choice): Promise<{ choice: Choice; left: string[] }> {
    const heads = this.themes.flatMap((theme) => theme.indicators);
    const periods = heads.find(({ code }) => code === choice.code)?.periods ?? [];
    const bases = choice.per ? await this.bases(choice.code) : [];
    return mended(choice, { periods, bases });
  }

  /** What an indicator can be told per; what cannot be asked for now is not held against the choice. */
  private async bases(code: string): Promise<string[] | null> {
    try {
      return (await api.indicator(code, this.desk.language)).per.map(({ id }) => id);
    } catch (cause) {
      if (!(cause instanceof api.ApiError)) throw cause;
      return null;
    }
  }

  async speak(): Promise<void> {
    this.themes = [];
    await this.loadThemes();
    await this.choose(this.choice);
  }

  /** What the indicator says of a unit. */
  describe(layer: string, feature: Feature): HTMLElement | null {
    if (!this.numbers || layer !== UNITS_LAYER) return null;
    const said = document.createElement('p');
    said.className = 'popup-indicator';
    said.textContent = this.numbers.sentence(String(feature.id), this.desk.language);
    return said;
  }

  async choose(choice: Choice | null): Promise<void> {
    this.choice = choice;
    try {
      await (choice ? this.desk.during(this.load(choice)) : this.clear());
    } catch (cause) {
      if (this.choice !== choice) return;
      await this.clear();
      const help = this.desk.reason(cause);
      // What the server refuses, it refuses again; else what was chosen stays chosen, and in the address.
      const refused = cause instanceof api.ApiError && cause.status !== null && cause.status < 500;
      if (!refused) this.choice = choice;
      const retry = refused ? {} : { retry: () => void this.choose(choice) };
      this.desk.notices.show('indicator', { what: this.desk.t.indicatorFailed, help, ...retry }, this.desk.t);
    }
    if (this.choice === choice) this.draw();
  }

  private async load(choice: Choice): Promise<void> {
    const { indicator, numbers } = await this.loader.load(choice, this.desk.language);
    if (!this.stack.on.has(UNITS_LAYER)) await this.stack.toggle(UNITS_LAYER, true);
    // Somebody may have chosen another one in the meantime.
    if (this.choice !== choice) return;
    this.indicator = indicator;
    this.numbers = numbers;
    this.desk.notices.dismiss('indicator');
    clearTimeout(this.aheadTimer);
    this.aheadTimer = window.setTimeout(() => this.lookAhead(), AHEAD_MS);
  }

  /** Have the years before and after at hand: the slider answers at once. */
  private lookAhead(): void {
    const { choice, numbers, indicator } = this;
    if (!choice || !numbers || !indicator) return;
    const { periods } = indicator;
    const at = periods.indexOf(numbers.classes.period);
    const beside = [periods[at - 1], periods[at + 1]].filter((period) => period !== undefined);
    this.loader.expect(
      beside.map((period) => ({ ...choice, period })),
      this.desk.language,
    );
  }

  private async clear(): Promise<void> {
    this.choice = this.indicator = this.numbers = null;
  }

  private draw(): void {
    const units = this.stack.vector(UNITS_LAYER);
    document.documentElement.classList.toggle('with-indicator', this.numbers !== null);
    this.shownLook = this.numbers && units ? this.numbers.look(units.data) : null;
    if (units?.layer instanceof VectorLayer) units.layer.recolour(this.look);
    this.drawCircles();
    this.render();
    this.changed();
  }

  private drawCircles(): void {
    const { circles: numbers } = this;
    const units = this.stack.vector(UNITS_LAYER);
    if (!numbers || !units) {
      this.symbols.clear();
      return;
    }
    const circles = units.data.features.flatMap((feature) => {
      const value = numbers.of(String(feature.id));
      const at = units.layer.anchor(feature);
      return value === null || !at ? [] : [{ at, value, title: numbers.text(value, this.desk.language) }];
    });
    this.symbols.show(circles);
  }

  render(): void {
    const offers = this.numbers ? this.offers.flatMap((offer) => offer() ?? []) : [];
    const state = { language: this.desk.language, playing: this.timer !== 0, offers };
    this.form.render(this.themes, this.choice, this.indicator, state);
  }

  private async loadThemes(): Promise<void> {
    if (this.themes.length > 0) return;
    try {
      this.themes = await api.indicators(this.desk.language);
    } catch (cause) {
      // A server without indicators has a map all the same.
      if (!(cause instanceof api.ApiError)) throw cause;
    }
    this.render();
  }

  // Time

  private playOrStop(): void {
    if (this.timer) this.stop();
    else this.timer = window.setInterval(() => void this.next(), YEAR_MS);
    this.render();
  }

  /** The years are played no more: something else is looked at. */
  pause(): void {
    if (!this.timer) return;
    this.stop();
    this.render();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = 0;
  }

  /** The year after this one, or the first again. */
  private async next(): Promise<void> {
    const { choice, indicator } = this;
    const periods = indicator?.periods ?? [];
    const at = periods.indexOf(choice?.period ?? periods.at(-1) ?? 0);
    const period = periods[(at + 1) % periods.length];
    if (choice && period !== undefined) await this.choose({ ...choice, period });
  }
}

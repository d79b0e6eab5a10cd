/** What is told of a choice: the indicator, and its numbers for the year chosen. */

import * as api from '../api';
import type { Indicator, IndicatorClasses, Language } from '../contract';
import type { Choice } from './choice';
import { Numbers } from './numbers';

export interface Loaded {
  indicator: Indicator;
  numbers: Numbers;
}

/** The classes of a choice; its breaks stay the same while the years change. */
export function classesOf(choice: Choice, language: Language): Promise<IndicatorClasses> {
  const { code, period, per, method, count, palette, diverging } = choice;
  const rule = { per, method, count, palette, series: 'fixed', ...(diverging && { diverging: 'whole' }) };
  return api.indicatorClasses(code, { ...rule, period, lang: language });
}

export async function load(choice: Choice, language: Language): Promise<Loaded> {
  const { code, per } = choice;
  const classes = classesOf(choice, language);
  // Without a year it is that of the classes.
  const period = choice.period === undefined ? classes.then((newest) => newest.period) : choice.period;
  const values = Promise.resolve(period).then((year) => api.indicatorValues(code, { period: year, per }));
  const [indicator, ...answers] = await Promise.all([api.indicator(code, language), values, classes]);
  return { indicator, numbers: new Numbers(...answers, indicator.attribution) };
}

/** Loads choices, and has those at hand that are likely to be next. */
export class Loader {
  private expected = new Map<string, Promise<Loaded>>();

  load(choice: Choice, language: Language): Promise<Loaded> {
    return this.expected.get(keyOf(choice, language)) ?? load(choice, language);
  }

  /** Have these, and no others, at hand. */
  expect(choices: readonly Choice[], language: Language): void {
    const former = this.expected;
    this.expected = new Map();
    for (const choice of choices) {
      const key = keyOf(choice, language);
      const loaded = former.get(key) ?? load(choice, language);
      this.expected.set(key, loaded);
      // Who really asks for it shall ask anew.
      loaded.catch(() => this.expected.delete(key));
    }
  }
}

const keyOf = (choice: Choice, language: Language): string => JSON.stringify([choice, language]);

import { describe, expect, it } from 'vitest';
import type { IndicatorClasses, IndicatorValues } from '../src/contract';
import { radiusOf } from '../src/radius';
import { type Choice, formatChoice, parseChoice } from '../src/thematic/choice';
import { Numbers } from '../src/thematic/numbers';

describe('the choice of an indicator in a link', () => {
  it.each<Choice>([
    { code: 'wage_total' },
    { code: 'pop_jan1', period: 2024, per: 'area', method: 'jenks', count: 7, palette: 'Greys' },
    { code: 'pop_jan1', symbols: true },
    { code: 'wage_total', diverging: true, period: 2023 },
  ])('reads back what it wrote: %j', (choice) => expect(parseChoice(formatChoice(choice))).toEqual(choice));

  it.each([
    '',
    '/period:2024',
    'a b',
    'wage/period:x',
    'wage/colour:red',
    'wage/symbols:1',
    'wage/method:<b>',
  ])('refuses %j', (text) => expect(parseChoice(text)).toBeUndefined());
});

describe('the values of a year', () => {
  const row = (territory_id: string, value: number | null, territory_kind = 'unit') => ({
    territory_id,
    territory_kind,
    period: 2024,
    value,
    flag: 'official',
  });
  const values: IndicatorValues = {
    code: 'wage',
    values: [row('a', 50), row('b', 70), row('c', null), row('d', 50), row('krai', 60, 'region')],
  };
  const classes = {
    name: 'Зарплата',
    unit: 'RUB/month',
    digits: 0,
    period: 2024,
    method: 'manual',
    title: 'заданные',
    centre: null,
    breaks: [60],
    classes: [
      { colour: '#eee', count: 2 },
      { colour: '#333', count: 1 },
    ],
  } satisfies IndicatorClasses;
  const numbers = new Numbers(values, classes);

  it('says a value, its place among the units and the whole', () =>
    expect(numbers.sentence('b', 'ru')).toBe(
      'Зарплата, 2024: 70\u00a0руб. в месяц — 1-е место из 3; край — 60\u00a0руб. в месяц.',
    ));
  it('gives equal values one place', () => {
    expect(numbers.sentence('a', 'en')).toContain('place 2 of 3');
    expect(numbers.sentence('d', 'en')).toContain('place 2 of 3');
  });
  it('says where there is no value', () =>
    expect(numbers.sentence('c', 'en')).toBe('Зарплата, 2024: no data.'));
});

describe('circles', () => {
  it('have areas in proportion', () =>
    expect(radiusOf(100, 400) ** 2 / radiusOf(400, 400) ** 2).toBeCloseTo(0.25));
});

import { describe, expect, it } from 'vitest';
import { scale, span, ticks } from '../src/chart/scale';
import type { IndicatorHead, IndicatorValues } from '../src/contract';
import { formatState, readState } from '../src/state';
import { spread } from '../src/territory/charts';
import { formatComparison, parseComparison, parseUnits, toggled } from '../src/territory/choice';
import { csv, Figures, placeAmong } from '../src/territory/figures';
import { SHEET_WORDS as WORDS } from '../src/territory/sheet-words';
import { sorted } from '../src/territory/table';

describe('what is picked and compared in a link', () => {
  it.each(['table', 'bar/wage_total', 'scatter/pop_density/wage_total'])('reads back %s', (text) =>
    expect(formatComparison(parseComparison(text) ?? { form: 'table' })).toBe(text),
  );

  it.each(['', 'pie', 'bar/<b>', 'scatter/a/b/c', 'bar/'])('refuses the comparison %j', (text) =>
    expect(parseComparison(text)).toBeUndefined(),
  );

  it('has each unit once, and no nonsense', () => {
    expect(parseUnits('smolensky,altaysky,smolensky')).toEqual(['smolensky', 'altaysky']);
    expect(parseUnits('smolensky,')).toBeUndefined();
    expect(parseUnits('<script>')).toBeUndefined();
    expect(toggled(toggled(['a'], 'b'), 'a')).toEqual(['b']);
  });

  it('stands in the address', () => {
    const hash = formatState({
      units: ['smolensky', 'altaysky'],
      compare: { form: 'bar', x: 'wage_total' },
    });
    expect(hash).toBe('#units=smolensky,altaysky&compare=bar/wage_total');
    expect(readState(hash).state.compare).toEqual({ form: 'bar', x: 'wage_total' });
  });
});

describe('the figures of an indicator', () => {
  const head = (direction: IndicatorHead['direction']): IndicatorHead => ({
    code: 'wage',
    title: 'Wage',
    definition: '',
    unit: 'RUB/month',
    digits: 0,
    periods: [2023, 2024],
    direction,
  });
  const row = (territory_id: string, period: number, value: number | null, territory_kind = 'unit') => ({
    territory_id,
    territory_kind,
    period,
    value,
    flag: 'official',
  });
  const answer: IndicatorValues = {
    code: 'wage',
    values: [
      row('a', 2023, 50),
      row('b', 2023, 70),
      row('c', 2023, 50),
      row('d', 2023, 10),
      row('e', 2023, null),
      row('a', 2024, null),
      row('zone', 2023, 55, 'zone'),
      row('krai', 2023, 60, 'region'),
    ],
  };

  it('gives equal values one place, and the least the first where less is better', () => {
    const places = (direction: IndicatorHead['direction']) =>
      Object.fromEntries(
        new Figures(head(direction), answer).ranked(2023).map(({ unit, place }) => [unit, place]),
      );
    expect(places('more_is_better')).toEqual({ b: 1, a: 2, c: 2, d: 4 });
    expect(places('neither')).toEqual({ b: 1, a: 2, c: 2, d: 4 });
    expect(places('less_is_better')).toEqual({ d: 1, a: 2, c: 2, b: 4 });
  });

  it('tells how many share a place', () => {
    const ranked = new Figures(head('neither'), answer).ranked(2023);
    expect(Object.fromEntries(ranked.map(({ unit, shared }) => [unit, shared]))).toEqual({
      b: 1,
      a: 2,
      c: 2,
      d: 1,
    });
    expect(WORDS.ru.place(5, 69, 5)).toBe('делит 5–9-е место из 69');
    expect(WORDS.en.place(5, 69, 1)).toBe('place 5 of 69');
  });

  it('takes the last year that has values, and knows the whole', () => {
    const figures = new Figures(head('neither'), answer);
    expect(figures.last).toBe(2023);
    expect(figures.whole(2023)).toBe(60);
    expect(figures.of('e', 2023)).toBeNull();
    expect(figures.series('a')).toEqual([[2023, 50]]);
    expect(figures.series(null)).toEqual([[2023, 60]]);
  });

  it('tells a place among peers', () => {
    const ranked = new Figures(head('neither'), answer).ranked(2023);
    expect(placeAmong(ranked, 'd', ['a', 'b'])).toBe(3);
    expect(placeAmong(ranked, 'a', ['c', 'd'])).toBe(1);
    expect(placeAmong(ranked, 'e', ['a'])).toBeNull();
  });
});

describe('what charts and files are made with', () => {
  it('finds round ticks that cover a span', () => {
    expect(ticks(0, 100)).toEqual([0, 50, 100]);
    expect(ticks(-3.2, 8.1)).toEqual([0, 5]);
    expect(ticks(5, 5)).toEqual([5]);
    expect(scale(0, 10, 100, 200)(5)).toBe(150);
    expect(scale(3, 3, 0, 10)(3)).toBe(5);
  });

  it('takes powers of ten where few are many times the others', () => {
    const skewed = span([1, 2, 3, 1000]);
    expect(skewed.ticks).toEqual([1, 10, 100, 1000]);
    expect(skewed.scale(0, 1)(1000)).toBeGreaterThan(0.9);
    expect(skewed.scale(0, 1)(30)).toBeCloseTo(0.5, 1);
    expect(span([-1, 2, 1000]).ticks).toEqual([0, 500, 1000]);
  });

  it('keeps labels apart', () => expect(spread([10, 11, 50], 13)).toEqual([10, 23, 50]));

  it('quotes what would break a file', () =>
    expect(csv([['a,b', 'say "x"', null, 1.5]])).toBe('"a,b","say ""x""",,1.5\r\n'));

  it('sorts what has no value to the end', () => {
    const lines = [
      { unit: 'a', cells: ['A', null] },
      { unit: 'b', cells: ['B', 2] },
      { unit: 'c', cells: ['C', 3] },
    ];
    expect(sorted(lines, 1, true).map(({ unit }) => unit)).toEqual(['c', 'b', 'a']);
    expect(sorted(lines, 1, false).map(({ unit }) => unit)).toEqual(['b', 'c', 'a']);
  });
});

import { describe, expect, it } from 'vitest';
import type { ClassesStyle, Feature } from '../src/contract';
import { classOf, histogram, NO_DATA_FILL, PLAIN, placeOf, symbolOf } from '../src/style';
import { rangeText } from '../src/words';

const BREAKS = [3, 5, 8];
const STYLE: ClassesStyle = {
  kind: 'classes',
  title: { ru: 'Плотность', en: 'Density' },
  field: 'density',
  method: { ru: 'заданные границы', en: 'given breaks' },
  breaks: BREAKS,
  colours: ['#111111', '#222222', '#333333', '#444444'],
  symbol: PLAIN,
  no_data: '#d9d9d9',
};
const feature = (density: number | null): Feature => ({
  type: 'Feature',
  id: String(density),
  geometry: null,
  properties: { density },
});

describe('classes', () => {
  it.each([
    [2.9, 0],
    [3, 1],
    [4.99, 1],
    [8, 3],
    [1000, 3],
  ])('%f is in class %i', (value, index) => expect(classOf(value, BREAKS)).toBe(index));

  it.each([null, undefined, Number.NaN, '5'])('%s is no data', (value) =>
    expect(classOf(value, BREAKS)).toBeNull(),
  );

  it('counts units by class and those without data', () =>
    expect(histogram([1, 2, 3, 9, null].map(feature), STYLE)).toEqual({ counts: [2, 1, 0, 1], noData: 1 }));

  it('places a unit within its class', () => {
    expect(placeOf(4, BREAKS, 1, 100)).toBe(1.5);
    expect(placeOf(1, BREAKS, 1, 100)).toBe(0);
    expect(placeOf(100, BREAKS, 1, 100)).toBe(4);
  });

  it('colours by class and hatches what has no data', () => {
    expect(symbolOf(STYLE, { density: 6 }).fill).toBe('#333333');
    expect(symbolOf(STYLE, { density: null }).fill).toBe(NO_DATA_FILL);
  });

  it('names ranges in both languages', () => {
    expect(rangeText(0, BREAKS, 'ru')).toBe('менее 3');
    expect(rangeText(1, BREAKS, 'en')).toBe('3 to 5');
    expect(rangeText(3, BREAKS, 'ru')).toBe('8 и более');
  });
});

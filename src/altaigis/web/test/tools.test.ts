import { describe, expect, it } from 'vitest';
import { parseSpot, plainSpot, spotText } from '../src/coordinates';
import { measured } from '../src/tools/geodesic';
import { areaText, lengthText } from '../src/tools/quantities';

describe('coordinates', () => {
  const belokurikha = { lat: 51.99, lon: 84.98 };

  it('are read as people write them, latitude first', () => {
    for (const text of [
      '51.99, 84.98',
      '51.99 84.98',
      ' 51,99; 84,98 ',
      '51.99° N, 84.98° E',
      '51,99° с 84,98° в',
    ])
      expect(parseSpot(text)).toEqual(belokurikha);
    expect(parseSpot('33.9 S, 70.7 W')).toEqual({ lat: -33.9, lon: -70.7 });
    expect(parseSpot('-33.9, -70.7')).toEqual({ lat: -33.9, lon: -70.7 });
  });

  it('are nothing else', () => {
    for (const text of ['', '51.99', 'Бийск', '91, 84', '51, 181', '1, 2, 3', 'Барнаул 2'])
      expect(parseSpot(text)).toBeNull();
  });

  it('are told in the language, and plainly so that they are read back', () => {
    expect(spotText(belokurikha, 'ru')).toBe('51,99°\u00a0с. ш.; 84,98°\u00a0в. д.');
    expect(spotText({ lat: -33.9, lon: -70.7 }, 'en')).toBe('33.9°\u00a0S, 70.7°\u00a0W');
    expect(parseSpot(plainSpot(belokurikha))).toEqual(belokurikha);
  });
});

describe('measuring', () => {
  it('knows the ellipsoid: a degree of the meridian and of the equator, and a square of them', () => {
    expect(measured([{ lat: 52, lon: 83 }]).length).toBe(0);
    const north = measured([
      { lat: 0, lon: 0 },
      { lat: 1, lon: 0 },
    ]);
    expect(north.length).toBeCloseTo(110_574.389, 2);
    expect(north.area).toBe(0);
    const square = [
      { lat: 0, lon: 0 },
      { lat: 0, lon: 1 },
      { lat: 1, lon: 1 },
      { lat: 1, lon: 0 },
    ];
    expect(measured(square).length).toBeCloseTo(111_319.491 + 110_574.389 + 111_302.649, 0);
    expect(measured(square).area / 1e6).toBeCloseTo(12_308.778, 2);
    expect(measured([...square].reverse()).area).toBeCloseTo(measured(square).area, 3);
  });

  it('tells sizes in the units that suit them', () => {
    expect(lengthText(999.4, 'en')).toBe('999\u00a0m');
    expect(lengthText(1234, 'ru')).toBe('1,23\u00a0км');
    expect(lengthText(123_456, 'en')).toBe('123\u00a0km');
    expect(areaText(5000, 'ru')).toBe('5\u00a0000\u00a0м²');
    expect(areaText(125_000, 'en')).toBe('12.5\u00a0ha');
    expect(areaText(45_200_000, 'ru')).toBe('45,2\u00a0км² (4\u00a0520\u00a0га)');
  });
});

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

  it.each([
    ['52°30′N 85°10′E', 52.5, 85 + 1 / 6],
    ["51°59'40\" с.ш. 84°59' в.д.", 51 + 59 / 60 + 40 / 3600, 84 + 59 / 60],
    ['51°59′40″ с. ш.; 84°59′00″ в. д.', 51 + 59 / 60 + 40 / 3600, 84 + 59 / 60],
    ['52 30.5 N, 85 10 E', 52 + 30.5 / 60, 85 + 1 / 6],
    ['52°30,5′, 85°10′', 52 + 30.5 / 60, 85 + 1 / 6],
    ["52° 30' 85° 10'", 52.5, 85 + 1 / 6],
    ['N52.5 E85.1', 52.5, 85.1],
    ['N 52°30′, E 85°10′', 52.5, 85 + 1 / 6],
    ['52.5N85.1E', 52.5, 85.1],
    ['85.1° E, 52.5° N', 52.5, 85.1],
    ['33°30′S 70°15′W', -33.5, -70.25],
    ['33°30′ ю.ш. 70°15′ з.д.', -33.5, -70.25],
    ['−33.5, −70.25', -33.5, -70.25],
  ])('are read in degrees, minutes and seconds, and by their sides: %s', (text, lat, lon) => {
    const spot = parseSpot(text);
    expect(spot?.lat).toBeCloseTo(lat, 9);
    expect(spot?.lon).toBeCloseTo(lon, 9);
  });

  it.each([
    ...['', '51.99', 'Бийск', '91, 84', '51, 181', '1, 2, 3', 'Барнаул 2', '29838', 'WMO-29838'],
    ...['52°61′N 85°10′E', '52°30′60″N 85°E', '52.5°30′N 85°E', '52°N 85°N', '52 N', '52 N 85', 'N52 85'],
    ...['52 30 85 10', '-52 N 85 E', '91°N 85°E', '89°59′N 180°1′E', '52°30 Нск 85°10 Ело', '51.9984.98'],
  ])('are nothing else: %s', (text) => {
    expect(parseSpot(text)).toBeNull();
  });

  it('in degrees, minutes and seconds are the same spot wherever it is', () => {
    const angle = (seconds: number) =>
      `${Math.floor(seconds / 3600)}°${Math.floor(seconds / 60) % 60}′${seconds % 60}″`;
    for (let lat = 0; lat <= 90 * 3600; lat += 12_347)
      for (let lon = 0; lon <= 180 * 3600; lon += 24_691) {
        const spot = parseSpot(`${angle(lat)}S ${angle(lon)}E`);
        expect(spot?.lat).toBeCloseTo(-lat / 3600, 9);
        expect(spot?.lon).toBeCloseTo(lon / 3600, 9);
      }
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

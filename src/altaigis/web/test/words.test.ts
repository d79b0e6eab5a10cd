import { describe, expect, it } from 'vitest';
import { distinctSources } from '../src/attribution';
import type { Feature, Properties } from '../src/contract';
import { details, type LayerData } from '../src/feature';
import { MESSAGES } from '../src/i18n';
import { sentence } from '../src/sentence';
import { PLAIN } from '../src/style';

const feature = (properties: Properties): Feature => ({
  type: 'Feature',
  id: '1',
  geometry: null,
  properties,
});

const layer = (id: string, schema: LayerData['schema']['properties'] = {}): LayerData => ({
  collection: {
    id,
    title: 'Слой',
    'altai:kind': 'vector',
    'altai:theme': 'territory',
    'altai:titleField': 'name_ru',
  },
  style: { kind: 'simple', symbol: PLAIN },
  schema: { properties: schema },
  features: [],
});

const SMOLENSKY = feature({
  name_ru: 'Смоленский муниципальный район',
  short_name_ru: 'Смоленский район',
  short_name_en: 'Smolensky District',
  population: 20911,
  density: 10.46,
  pilot: false,
  cluster: null,
});

describe('a sentence', () => {
  it('tells a district in Russian', () => {
    const { name, rest } = sentence(SMOLENSKY, layer('districts'), 'ru');
    expect(`${name} ${rest}`.replaceAll('\u00a0', ' ')).toBe(
      'Смоленский район. 20 911 жителей, 10,5 на км² (перепись 2021 года).',
    );
  });

  it('tells it in English', () => {
    const { name, rest } = sentence(SMOLENSKY, layer('districts'), 'en');
    expect(`${name} ${rest}`.replaceAll('\u00a0', ' ')).toBe(
      'Smolensky District. 20,911 inhabitants, 10.5 per km² (2021 census).',
    );
  });

  it('calls a feature without a name by its layer', () =>
    expect(sentence(feature({}), layer('lakes'), 'ru').name).toBe('Слой.'));

  it.each([
    ['ru', 'Барнаул. 632 372 жителя (по GeoNames, год не указан). Россия.'],
    ['en', 'Barnaul. 632,372 inhabitants (by GeoNames, year unknown). Russia.'],
  ] as const)('says whose figure the population of a settlement is (%s)', (language, said) => {
    const barnaul = feature({
      name_ru: 'Барнаул',
      name_en: 'Barnaul',
      population: 632372,
      country_ru: 'Россия',
      country_en: 'Russia',
    });
    const { name, rest } = sentence(barnaul, layer('settlements'), language);
    expect(`${name} ${rest}`.replaceAll('\u00a0', ' ')).toBe(said);
  });

  it('names the municipality that a site lies in', () =>
    expect(
      sentence(
        feature({ name_en: 'Cave', territory_id: 'x' }),
        layer('resort_sites'),
        'en',
        () => 'X District',
      ),
    ).toEqual({ name: 'Cave.', rest: 'In X District.' }));
});

describe('details', () => {
  const data = layer('districts', {
    density: { title: 'Плотность', 'x-ogc-unit': 'persons/km²', 'altai:digits': 2, 'x-ogc-propertySeq': 2 },
    oktmo: { title: 'Код ОКТМО', 'x-ogc-propertySeq': 1 },
    founded: { title: 'Год основания', type: 'integer', 'x-ogc-propertySeq': 3 },
  });
  const read = (properties: Properties) => details(feature(properties), data, 'ru', () => null);

  it('stand in the order of the schema, with titles and units', () =>
    expect(read({ density: 10.456, oktmo: '01640000' })).toEqual([
      ['Код ОКТМО', '01640000'],
      ['Плотность', '10,46\u00a0чел./км²'],
    ]));

  it('write a year without separators', () =>
    expect(read({ founded: 1867 })).toEqual([['Год основания', '1867']]));

  it('leave out what is empty, and the other language', () =>
    expect(read({ oktmo: null, capital_ru: 'Барнаул', capital_en: 'Barnaul' })).toEqual([
      ['capital_ru', 'Барнаул'],
    ]));

  it('fall back to the other language', () =>
    expect(read({ note_ru: null, note_en: 'A note' })).toEqual([['note_en', 'A note']]));
});

describe('words', () => {
  it('are the same set in both languages, none empty', () => {
    expect(Object.keys(MESSAGES.en)).toEqual(Object.keys(MESSAGES.ru));
    for (const text of [...Object.values(MESSAGES.ru), ...Object.values(MESSAGES.en)])
      if (typeof text === 'string') expect(text).not.toBe('');
  });

  it('name each source once', () => expect(distinctSources(['A; B', 'B', 'C;A'])).toEqual(['A', 'B', 'C']));
});

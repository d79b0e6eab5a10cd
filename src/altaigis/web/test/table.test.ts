import { describe, expect, it } from 'vitest';
import type { Feature, Mark, Properties } from '../src/contract';
import type { LayerData } from '../src/feature';
import { featureRows, mainFields, rankedRows } from '../src/table/rows';
import { sorted } from '../src/territory/table';

const symbol: Mark = {
  fill: null,
  stroke: null,
  width: 1,
  radius: 5,
  opacity: 1,
  dash: [],
  shape: 'circle',
};

const feature = (id: string, properties: Properties): Feature => ({
  type: 'Feature',
  id,
  geometry: null,
  properties,
});

const layer = (features: Feature[], geometry: string): LayerData => ({
  collection: {
    id: 'units',
    title: 'Units',
    'altai:kind': 'vector',
    'altai:theme': 'territory',
    'altai:geometryType': geometry,
    'altai:titleField': 'name_en',
  },
  style: {
    kind: 'classes',
    title: { ru: 'Плотность', en: 'Density' },
    field: 'density',
    method: { ru: '', en: '' },
    breaks: [5, 10],
    colours: ['#a', '#b', '#c'],
    symbol,
    no_data: '#ddd',
  },
  schema: {
    properties: {
      unit_id: { 'x-ogc-role': 'id', type: 'string' },
      name_ru: { type: 'string', 'x-ogc-propertySeq': 1 },
      name_en: { type: 'string', 'x-ogc-propertySeq': 2 },
      density: { type: 'number', title: 'Density', 'x-ogc-propertySeq': 4, 'altai:digits': 1 },
      centre_ru: { type: 'string', 'x-ogc-propertySeq': 3 },
      centre_en: { type: 'string', title: 'Centre', 'x-ogc-propertySeq': 3 },
      territory_id: { type: 'string', title: 'Municipality' },
      geom: { 'x-ogc-role': 'primary-geometry' },
    },
  },
  features,
});

const features = [
  feature('a', { name_en: 'Alpha', density: 4, centre_en: 'Aa', territory_id: 't' }),
  feature('b', { name_en: 'Beta', density: 12.25, centre_en: 'Bb', territory_id: 't' }),
  feature('c', { name_en: 'Gamma', density: null, centre_en: null, territory_id: null }),
  feature('d', { name_en: 'Delta', density: 4, centre_en: 'Dd', territory_id: 't' }),
];

describe('coloured areas as a table', () => {
  const told = rankedRows(layer(features, 'MultiPolygon'), 'en');

  it('has places, values and classes, the largest first and those without a value last', () =>
    expect(told?.rows.map(({ unit, cells, colour }) => [unit, ...cells.slice(1), colour])).toEqual([
      ['b', 1, 12.25, 2, '#c'],
      ['a', 2, 4, 0, '#a'],
      ['d', 2, 4, 0, '#a'],
      ['c', null, null, null, undefined],
    ]));

  it('says them in words', () => {
    const says = (row: number) =>
      told?.columns.map(({ text }, at) => text(told.rows[row]?.cells[at] ?? null));
    expect(says(0)).toEqual(['Beta', '1', '12.3', '10 and more']);
    expect(says(3)).toEqual(['Gamma', '', 'no data', 'no data']);
  });

  it('keeps what has no value last when it is sorted', () => {
    const by = (down: boolean) => sorted(told?.rows ?? [], 2, down).map(({ unit }) => unit);
    expect(by(false)).toEqual(['a', 'd', 'b', 'c']);
    expect(by(true)).toEqual(['b', 'a', 'd', 'c']);
  });

  it('is none of points', () => expect(rankedRows(layer(features, 'Point'), 'en')).toBeNull());
});

describe('features as a table', () => {
  const { columns, rows } = featureRows(layer(features, 'Point'), 'en', (unit) => `District ${unit}`);

  it('has the main fields in the reader’s language, and the municipality by its name', () => {
    expect(mainFields(layer([], 'Point').schema, 'ru', 'name_en')).toEqual(['centre_ru', 'density']);
    expect(columns.map(({ title }) => title)).toEqual(['Name', 'Centre', 'Density', 'Municipality']);
    expect(columns.map(({ text }, at) => text(rows[1]?.cells[at] ?? null))).toEqual([
      'Beta',
      'Bb',
      '12.3',
      'District t',
    ]);
  });

  it('names the field that the server sorts by', () =>
    expect(columns.map(({ field }) => field)).toEqual(['name_en', 'centre_en', 'density', 'territory_id']));
});

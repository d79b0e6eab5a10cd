/** What a layer's table has: columns, and a row a feature. No DOM here. */

import type { Feature, Language, Properties, Schema, Value } from '../contract';
import { categoryOf, type LayerData, nameOf, valueText } from '../feature';
import { formOf } from '../form';
import { number } from '../format';
import { classOf } from '../style';
import { rangeText } from '../words';
import { WORDS } from './words';

export interface Column {
  title: string;
  /** The field that the server sorts it by; a column without one is sorted here. */
  field?: string;
  text: (value: Value) => string;
  /** Figures stand below each other at their last digit. */
  isFigure: boolean;
}

export interface Row {
  unit: string;
  cells: Value[];
  /** Of the class that the map draws it in. */
  colour?: string | undefined;
}

export interface Sheet {
  caption: string;
  columns: Column[];
  rows: Row[];
  /** Features that there are, of which these rows are the first. */
  of: number;
  /** Whether it tells of what is seen of the map alone. */
  isOfView: boolean;
  csv: string;
}

/** More would not be read across. */
const MOST_FIELDS = 6;

const plain = (value: Value): string => String(value ?? '');

/** Names stand first, and long texts and keys in no table. */
const ELSEWHERE = /^((short_)?name|description|source)(_(ru|en))?$|_id$/;

/** Fields that a reader compares features by, in the schema's order. */
export function mainFields({ properties }: Schema, language: Language, titled: string | null): string[] {
  const other = language === 'ru' ? 'en' : 'ru';
  return Object.entries(properties)
    .filter(([name, field]) => field['x-ogc-role'] === undefined && name !== titled)
    .filter(([name]) => !ELSEWHERE.test(name) && !name.endsWith(`_${other}`))
    .sort(([, a], [, b]) => (a['x-ogc-propertySeq'] ?? 0) - (b['x-ogc-propertySeq'] ?? 0))
    .slice(0, MOST_FIELDS)
    .map(([name]) => name);
}

/** Areas by the value that colours them: place, value, class. Null for a layer that is not coloured so. */
export function rankedRows(
  data: LayerData,
  language: Language,
): Pick<Sheet, 'caption' | 'columns' | 'rows'> | null {
  const { style, schema } = data;
  if (style.kind !== 'classes' || formOf(data) !== 'area') return null;
  const t = WORDS[language];
  const field = schema.properties[style.field];
  const shownBy = ({ properties }: Feature): number | null => {
    const value = properties?.[style.field];
    return typeof value === 'number' ? value : null;
  };
  const ordered = data.features.flatMap((each) => shownBy(each) ?? []).sort((a, b) => b - a);
  const rows = data.features.map((feature): Row => {
    const value = shownBy(feature);
    const index = classOf(value, style.breaks);
    const place = value === null ? null : ordered.indexOf(value) + 1;
    return {
      unit: String(feature.id),
      cells: [nameOf(feature, data.collection, language) ?? String(feature.id), place, value, index],
      colour: index === null ? undefined : style.colours[index],
    };
  });
  rows.sort((a, b) => Number(a.cells[1] ?? rows.length) - Number(b.cells[1] ?? rows.length));
  const whole = (value: Value) => (value === null ? '' : String(value));
  const caption = t.units(style.title[language]);
  const columns: Column[] = [
    { title: t.name, text: plain, isFigure: false },
    { title: t.place, text: whole, isFigure: true },
    {
      title: style.title[language],
      text: (value) =>
        typeof value === 'number' ? number(value, language, field?.['altai:digits'] ?? 2) : t.noData,
      isFigure: true,
    },
    {
      title: t.class,
      text: (value) => (typeof value === 'number' ? rangeText(value, style.breaks, language) : t.noData),
      isFigure: false,
    },
  ];
  return { caption, columns, rows };
}

/** Features with their main fields. */
export function featureRows(
  data: LayerData,
  language: Language,
  unitName: (territory: string) => string | null,
): Pick<Sheet, 'columns' | 'rows'> {
  const { collection, schema, features } = data;
  const titled = collection['altai:titleField'] ?? null;
  const own = mainFields(schema, language, titled);
  const located = schema.properties.territory_id && !schema.properties.territory_id['x-ogc-role'];
  const fields = located ? [...own, 'territory_id'] : own;
  const valueAs = (name: string) => (value: Value) =>
    (value !== null && name === 'territory_id' ? unitName(String(value)) : null) ??
    valueText(name, value, data, language) ??
    '';
  const nameField = nameFieldOf(schema, language, titled);
  const columns: Column[] = [
    { title: WORDS[language].name, text: plain, isFigure: false, ...(nameField && { field: nameField }) },
    ...fields.map((name) => ({
      title: schema.properties[name]?.title ?? name,
      field: name,
      text: valueAs(name),
      isFigure: /^(number|integer)$/.test(schema.properties[name]?.type ?? ''),
    })),
  ];
  const rows = features.map((feature): Row => {
    const name = nameOf(feature, collection, language) ?? categoryOf(feature, data.style, language);
    return {
      unit: String(feature.id),
      cells: [name ?? String(feature.id), ...fields.map((field) => cell(feature.properties, field))],
    };
  });
  return { columns, rows };
}

/** By which field a name is sorted. */
const nameFieldOf = (schema: Schema, language: Language, titled: string | null): string | null =>
  [`short_name_${language}`, `name_${language}`].find((name) => name in schema.properties) ?? titled;

const cell = (properties: Properties | null, field: string): Value => properties?.[field] ?? null;

/** What the map knows of a feature: its name, and its values in words. */

import type { Collection, Feature, Field, Language, Schema, Style, Value } from './contract';
import { date, number } from './format';
import { codeName, MESSAGES, unitName as unitOfMeasure } from './i18n';
import type { Histogram } from './style';

/** Layers of more features come as tiles: to fetch and draw them whole takes a browser too long. */
const MANY = 2000;

/** Whether a layer has so many features that its data are not at hand, but on tiles. */
export const isCrowd = ({ itemCount, 'altai:kind': kind }: Collection): boolean =>
  kind === 'vector' && (itemCount ?? 0) > MANY;

/** A layer with all that is needed to draw and explain it. */
export interface LayerData {
  collection: Collection;
  style: Style;
  schema: Schema;
  /** None of a crowd. */
  features: Feature[];
  /** Of a crowd in classes. */
  counts?: Histogram;
}

/** What the sentence has said in full, and keys that only join tables. */
const TOLD = /^((short_name|description)_(ru|en)|settlement_id|network)$/;
const LANGUAGE_ENDING = /_(ru|en)$/;

/** The value of `name_ru` or `name_en`, whichever the reader wants; the other where it is missing. */
export function inLanguage(feature: Feature, stem: string, language: Language): string | null {
  const other = language === 'ru' ? 'en' : 'ru';
  const values = feature.properties ?? {};
  const value = values[`${stem}_${language}`] || values[`${stem}_${other}`];
  return typeof value === 'string' ? value : null;
}

/** What a person would call the feature, the short form first; null where it has no name. */
export function nameOf(feature: Feature, collection: Collection, language: Language): string | null {
  const titled = feature.properties?.[collection['altai:titleField'] ?? ''];
  return (
    inLanguage(feature, 'short_name', language) ??
    inLanguage(feature, 'name', language) ??
    (titled === null || titled === undefined || titled === '' ? null : String(titled))
  );
}

/** The title of the category that the layer's style gives the feature. */
export function categoryOf(feature: Feature, style: Style, language: Language): string | null {
  if (style.kind !== 'categories') return null;
  return categoryTitle(feature.properties?.[style.field], style, language);
}

function categoryTitle(value: unknown, style: Style, language: Language): string | null {
  if (style.kind !== 'categories') return null;
  return style.categories.find((each) => String(each.value) === String(value))?.title[language] ?? null;
}

const isYear = (name: string, field: Field | undefined): boolean =>
  field?.['x-ogc-unit'] === 'year' || /(^|_)(year|founded)(_|$)/.test(name);

/** A value as text with its unit; null for no value. */
export function valueText(name: string, value: Value, data: LayerData, language: Language): string | null {
  if (value === null || value === '') return null;
  const field = data.schema.properties[name];
  if (typeof value === 'boolean') return value ? MESSAGES[language].yes : MESSAGES[language].no;
  if (typeof value === 'string') {
    if (data.style.kind === 'categories' && data.style.field === name)
      return categoryTitle(value, data.style, language) ?? value;
    return codeName(date(value, language), language);
  }
  if (isYear(name, field)) return String(value);
  const unit = field?.['x-ogc-unit'];
  const figure = number(value, language, field?.['altai:digits'] ?? 3);
  return unit && unit !== '1' ? `${figure}\u00a0${unitOfMeasure(unit, language)}` : figure;
}

/** The feature's values in the schema's order, codes last, each pair of languages once. */
export function details(
  feature: Feature,
  data: LayerData,
  language: Language,
  unitName: (territory: string) => string | null,
): [string, string][] {
  const { properties } = data.schema;
  const values = feature.properties ?? {};
  const isCode = (name: string) => properties[name]?.pattern !== undefined;
  const sequence = (name: string) => properties[name]?.['x-ogc-propertySeq'] ?? Number.MAX_SAFE_INTEGER;
  const names = Object.keys(values)
    .filter((name) => properties[name]?.['x-ogc-role'] !== 'primary-geometry')
    .filter((name) => !TOLD.test(name) && wanted(name, values, language))
    .sort((a, b) => Number(isCode(a)) - Number(isCode(b)) || sequence(a) - sequence(b));
  return names.flatMap((name): [string, string][] => {
    const value = values[name] ?? null;
    const unit = name === 'territory_id' && typeof value === 'string' ? unitName(value) : null;
    if (unit) return [[MESSAGES[language].municipality, unit]];
    const text = valueText(name, value, data, language);
    return text === null ? [] : [[properties[name]?.title ?? name, text]];
  });
}

/** Of `x_ru` and `x_en` only the reader's language, unless it is empty. */
function wanted(name: string, values: Record<string, Value>, language: Language): boolean {
  const ending = LANGUAGE_ENDING.exec(name)?.[1];
  if (!ending || ending === language) return true;
  const twin = name.replace(LANGUAGE_ENDING, `_${language}`);
  return !values[twin];
}

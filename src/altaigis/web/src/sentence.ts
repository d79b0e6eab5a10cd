/** A feature said in a sentence, as a person would. */

import type { Feature, Language, Value } from './contract';
import { categoryOf, inLanguage, type LayerData, nameOf } from './feature';
import { ended, number } from './format';
import { MESSAGES, unitName as unitOfMeasure } from './i18n';

export interface Sentence {
  name: string;
  rest: string;
}

const NARROW = '\u00a0';

const figure = (value: Value | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "20 911 жителей, 10,5 на км² (перепись 2021 года)." */
function people(feature: Feature, language: Language): string {
  const t = MESSAGES[language];
  const population = figure(feature.properties?.population);
  if (population === null) return '';
  const density = figure(feature.properties?.density);
  const dense = density === null ? '' : `, ${number(density, language, 1)}${NARROW}${t.perKm2}`;
  return `${number(population, language, 0)}${NARROW}${t.inhabitants(population)}${dense} (${t.census2021}).`;
}

/** A district's part in the resort cluster. */
function membership(feature: Feature, language: Language): string {
  const t = MESSAGES[language];
  const { pilot, cluster } = feature.properties ?? {};
  if (cluster) return pilot === true ? t.inClusterPilot : t.inCluster;
  return pilot === true ? t.pilot : '';
}

/** "Наукоград, Бийский район." or, beyond the krai, "Восточно-Казахстанская область, Казахстан." */
function kindAndPlace(feature: Feature, data: LayerData, language: Language, unitName: UnitName): string {
  const { territory_id: territory } = feature.properties ?? {};
  const unit = typeof territory === 'string' ? unitName(territory) : null;
  const kind = categoryOf(feature, data.style, language);
  // A name alone would be no sentence.
  const place = unit
    ? [kind ? unit : MESSAGES[language].within(unit)]
    : ['district', 'districts', 'region', 'country'].map((stem) => inLanguage(feature, stem, language));
  const parts = [kind, ...place].filter((part) => part !== null);
  return ended(capital(parts.join(', ')));
}

/** "25 000 жителей (по GeoNames, год не указан). Алтайский край." */
function settlement(feature: Feature, data: LayerData, language: Language, unitName: UnitName): string {
  const population = figure(feature.properties?.population);
  const place = kindAndPlace(feature, data, language, unitName);
  if (!population) return place;
  const t = MESSAGES[language];
  return `${number(population, language, 0)}${NARROW}${t.inhabitants(population)} (${t.byGeoNames}). ${place}`;
}

/** "Площадь 728 км²." */
function area(feature: Feature, _: LayerData, language: Language): string {
  const km2 = figure(feature.properties?.area_km2);
  return km2 === null
    ? ''
    : `${MESSAGES[language].area} ${number(km2, language, km2 < 10 ? 1 : 0)}${NARROW}${unitOfMeasure('km²', language)}.`;
}

/** The name of a municipality by its id, where it is known. */
export type UnitName = (territory: string) => string | null;

type Say = (feature: Feature, data: LayerData, language: Language, unitName: UnitName) => string;

const SAID: Record<string, Say> = {
  districts: (feature, _, language) => join(people(feature, language), membership(feature, language)),
  krai: (feature, _, language) => people(feature, language),
  settlements: settlement,
  lakes: area,
  // What the style calls a river is its size among rivers, not a kind.
  rivers: () => '',
};

const join = (...parts: (string | null)[]): string => parts.filter(Boolean).join(' ');

/** The name with its full stop, and what follows it. A feature without a name is called by its layer. */
export function sentence(
  feature: Feature,
  data: LayerData,
  language: Language,
  unitName: UnitName = () => null,
): Sentence {
  const name = nameOf(feature, data.collection, language) ?? data.collection.title;
  const say = SAID[data.collection.id] ?? kindAndPlace;
  const description = inLanguage(feature, 'description', language);
  return {
    name: ended(name),
    rest: join(say(feature, data, language, unitName), description && ended(description)),
  };
}

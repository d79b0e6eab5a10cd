/** An indicator's values for one year, with their classes: what the map, the legend and the popups tell. */

import type {
  ClassesStyle,
  Feature,
  IndicatorClasses,
  IndicatorValues,
  Language,
  Mark,
  Text,
} from '../contract';
import type { LayerData } from '../feature';
import { ended, number } from '../format';
import { MESSAGES, unitName } from '../i18n';

/** The field that a unit's value has among its properties. */
export const VALUE = 'indicator';

export class Numbers {
  /** Values of the units by their ids; those without a value are not in it. */
  private readonly values = new Map<string, number>();
  private readonly ranked: number[];
  /** The value of the whole krai, where it has one. */
  readonly whole: number | null;

  constructor(
    answer: IndicatorValues,
    readonly classes: IndicatorClasses,
    /** Whom the values are from. */
    readonly attribution = '',
  ) {
    for (const row of answer.values)
      if (row.territory_kind === 'unit' && row.value !== null) this.values.set(row.territory_id, row.value);
    this.ranked = [...this.values.values()].sort((a, b) => b - a);
    this.whole = answer.values.find((row) => row.territory_kind === 'region')?.value ?? null;
  }

  get title(): string {
    return `${this.classes.name}, ${this.classes.period}`;
  }

  of(territory: string): number | null {
    return this.values.get(territory) ?? null;
  }

  get all(): ReadonlyMap<string, number> {
    return this.values;
  }

  get largest(): number {
    return Math.max(...this.ranked.map(Math.abs), 0);
  }

  get hasNegative(): boolean {
    return this.ranked.some((value) => value < 0);
  }

  /** A title with the unit that it is told in. */
  measured(title: string, language: Language): string {
    const { unit } = this.classes;
    return unit === '1' ? title : `${title}, ${unitName(unit, language)}`;
  }

  /** A value with its unit. */
  text(value: number, language: Language): string {
    const { unit, digits } = this.classes;
    const figure = number(value, language, digits);
    return unit === '1' ? figure : `${figure}\u00a0${unitName(unit, language)}`;
  }

  /** The place of a unit from the largest value on; null where it has none. */
  place(territory: string): number | null {
    const value = this.of(territory);
    return value === null ? null : this.ranked.findIndex((each) => each <= value) + 1;
  }

  /** A unit's value as text, or that there is none. */
  figure(territory: string, language: Language): string {
    const value = this.of(territory);
    return value === null ? MESSAGES[language].noData : this.text(value, language);
  }

  /** "45 123 руб. — 12-е место из 69". */
  told(territory: string, language: Language): string {
    const t = MESSAGES[language];
    const [value, place] = [this.of(territory), this.place(territory)];
    if (value === null || place === null) return t.noData;
    return `${this.text(value, language)} — ${t.rank(place, this.ranked.length)}`;
  }

  /** "Среднемесячная зарплата, 2024: 45 123 руб. — 12-е место из 69; по краю 52 000 руб." */
  sentence(territory: string, language: Language): string {
    const t = MESSAGES[language];
    const told = this.told(territory, language);
    if (this.of(territory) === null || this.whole === null) return ended(`${this.title}: ${told}`);
    return ended(`${this.title}: ${told}; ${t.ofWhole(this.text(this.whole, language))}`);
  }

  /** The layer of the units as it is drawn and explained by the indicator. */
  look(units: LayerData): LayerData {
    const { attribution, classes } = this;
    const former = units.style;
    const symbol = 'symbol' in former ? former.symbol : undefined;
    const method = { ru: classes.title, en: classes.title };
    const title = { ru: this.measured(this.title, 'ru'), en: this.measured(this.title, 'en') };
    const style: ClassesStyle = {
      kind: 'classes',
      title,
      field: VALUE,
      method,
      breaks: classes.breaks,
      colours: classes.classes.map((each) => each.colour),
      symbol: symbol ?? AREA,
      no_data: '#d9d9d9',
      ...(classes.centre !== null && { centre: this.centre(classes.centre) }),
    };
    return {
      collection: { ...units.collection, ...(attribution && { attribution }) },
      style,
      schema: {
        properties: {
          ...units.schema.properties,
          [VALUE]: { 'x-ogc-unit': classes.unit, 'altai:digits': classes.digits, title: this.title },
        },
      },
      features: units.features.map((feature) => this.valued(feature)),
    };
  }

  /** The middle of diverging colours: the value of the krai, or the mean of its units where that is not among theirs. */
  private centre(value: number): { value: number; title: Text } {
    const { digits } = this.classes;
    const isWhole = this.whole !== null && Math.abs(this.whole - value) <= 10 ** -digits;
    const said = (language: Language) => {
      const t = MESSAGES[language];
      return (isWhole ? t.centreWhole : t.centreMean)(this.text(value, language));
    };
    return { value, title: { ru: said('ru'), en: said('en') } };
  }

  private valued(feature: Feature): Feature {
    return {
      ...feature,
      properties: { ...feature.properties, [VALUE]: this.of(String(feature.id)) },
    };
  }
}

/** Of units whose layer has no symbol of its own. */
const AREA: Mark = {
  fill: null,
  stroke: '#b8b2a6',
  width: 0.6,
  radius: 5,
  opacity: 0.85,
  dash: [],
  shape: 'circle',
};

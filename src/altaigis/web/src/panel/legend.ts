/** The legend: a histogram of the units over the class colours, and the keys of rasters. */

import type { ClassesStyle, Collection, Feature, Language, Style } from '../contract';
import { h, s } from '../dom';
import type { LayerData } from '../feature';
import { formOf } from '../form';
import { ended, number } from '../format';
import { MESSAGES } from '../i18n';
import { histogram, NO_DATA_FILL } from '../style';
import type { Numbers } from '../thematic/numbers';
import { circlesKey } from './circles';
import { Histogram } from './histogram';
import { categories, palette, ramp } from './keys';

interface Choropleth {
  data: LayerData;
  style: ClassesStyle;
}

/** Areas coloured by class; points with classes have too little colour for a histogram. */
const choropleth = (data: LayerData): Choropleth | null =>
  data.style.kind === 'classes' && formOf(data) === 'area' ? { data, style: data.style } : null;

export class Legend {
  readonly element = h('section', { class: 'legend', 'data-testid': 'legend', hidden: true });
  private shown: (Choropleth & { chart: Histogram }) | null = null;
  private notesOpen: boolean | null = null;

  constructor(private readonly light: (layer: string, index: number | null) => void) {}

  render(
    vectors: readonly LayerData[],
    rasters: readonly { collection: Collection; style: Style }[],
    circles: Numbers | null,
    language: Language,
  ): void {
    const t = MESSAGES[language];
    this.element.setAttribute('aria-label', t.legend);
    this.shown = null;
    const parts: HTMLElement[] = circles ? [circlesKey(circles, language)] : [];
    for (const { collection, style } of rasters) {
      if (style.kind === 'ramp') parts.push(ramp(collection, style, language));
      if (style.kind === 'palette') parts.push(palette(collection, style, language));
    }
    for (const data of vectors) {
      const map = choropleth(data);
      if (map) parts.push(this.classes(map, rasters.length > 0, language));
      else if (data.style.kind === 'categories' && data.collection['altai:theme'] === 'analysis')
        parts.push(categories(data, data.style, language));
    }
    this.element.replaceChildren(...parts);
    this.element.hidden = parts.length === 0;
  }

  /** What others have on the map, above the rest. */
  add(part: HTMLElement | null): void {
    if (!part) return;
    this.element.prepend(part);
    this.element.hidden = false;
  }

  /** Mark where a unit stands; null takes the mark away. */
  mark(layer: string, feature: Feature | null): void {
    if (!this.shown || (feature && layer !== this.shown.data.collection.id)) return;
    const { style, data, chart } = this.shown;
    const own = data.features.find((each) => each.id === feature?.id);
    const value = own?.properties?.[style.field];
    chart.mark(typeof value === 'number' ? value : null);
  }

  /** What is told of the classes, as open as the reader has left it. */
  private notes(title: string, ...lines: (Node | null)[]): HTMLElement {
    const toggle = (event: Event) => {
      this.notesOpen = (event.currentTarget as HTMLDetailsElement).open;
    };
    const open = this.notesOpen ?? !small.matches;
    return h('details', { class: 'legend-about', open, toggle }, h('summary', {}, title), ...lines);
  }

  private classes({ data, style }: Choropleth, hidden: boolean, language: Language): HTMLElement {
    const t = MESSAGES[language];
    const { id, attribution } = data.collection;
    const { counts, noData } = data.counts ?? histogram(data.features, style);
    const values = valuesOf(data, style.field);
    const range = [Math.min(...values), Math.max(...values)] as const;
    const chart = new Histogram({ style, counts, range }, language, (index) => this.light(id, index));
    this.shown = { data, style, chart };
    const field = data.schema.properties[style.field];
    const about = field?.description ?? (style.field === 'density' ? t.census : null);
    const said = (value: number) => number(value, language, field?.['altai:digits'] ?? 2);
    const title = h('h2', {}, style.title[language]);
    if (hidden)
      return h(
        'div',
        { class: 'legend-part', 'data-legend': id },
        title,
        h('p', { class: 'legend-note' }, t.fillHidden),
      );
    return h(
      'div',
      { class: 'legend-part', 'data-legend': id },
      title,
      chart.element,
      h('p', { class: 'legend-caption' }, t.unitsAxis),
      line(values.length > 0 && ended(t.valuesFromTo(said(range[0]), said(range[1])))),
      line(style.centre && ended(style.centre.title[language])),
      h(
        'p',
        { class: 'legend-nodata', 'data-testid': 'legend-nodata' },
        swatch(NO_DATA_FILL),
        ` ${t.noData}: ${number(noData, language, 0)}`,
      ),
      this.notes(
        t.aboutLegend,
        line(about),
        line(`${t.method}: ${style.method[language]}`),
        line(attribution && `${t.source}: ${attribution}`),
      ),
    );
  }
}

/** Where the legend would cover a good part of the krai its notes are folded. */
const small = matchMedia(
  '(min-width: 701px) and (max-width: 1199px), (min-width: 701px) and (max-height: 799px)',
);

const valuesOf = ({ features }: LayerData, field: string): number[] =>
  features.map(({ properties }) => properties?.[field]).filter((value) => typeof value === 'number');

const line = (text: string | false | null | undefined): HTMLElement | null =>
  text ? h('p', {}, text) : null;

const swatch = (fill: string): SVGSVGElement =>
  s(
    'svg',
    { width: 22, height: 14, 'aria-hidden': 'true' },
    s('rect', { x: 1, y: 1, width: 20, height: 12, rx: 2, fill, stroke: 'var(--no-data-line)' }),
  );

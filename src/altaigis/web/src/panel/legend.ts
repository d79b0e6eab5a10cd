/** The legend: a histogram of the units over the class colours, and the keys of rasters. */

import type { ClassesStyle, Collection, Feature, Language, Style } from '../contract';
import { h, s } from '../dom';
import type { LayerData } from '../feature';
import { formOf } from '../form';
import { number } from '../format';
import { MESSAGES, type Messages } from '../i18n';
import { histogram, NO_DATA_FILL, placeOf } from '../style';
import type { Numbers } from '../thematic/numbers';
import { rangeText } from '../words';
import { circlesKey } from './circles';
import { categories, palette, ramp } from './keys';

const WIDTH = 264;
const HEIGHT = 64;
const AXIS = 18;

interface Choropleth {
  data: LayerData;
  style: ClassesStyle;
}

/** Areas coloured by class; points with classes have too little colour for a histogram. */
const choropleth = (data: LayerData): Choropleth | null =>
  data.style.kind === 'classes' && formOf(data) === 'area' ? { data, style: data.style } : null;

export class Legend {
  readonly element = h('section', { class: 'legend', 'data-testid': 'legend', hidden: true });
  private pointer: SVGPathElement | null = null;
  private shown: Choropleth | null = null;

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
    this.pointer = null;
    const parts: HTMLElement[] = circles ? [circlesKey(circles, language)] : [];
    for (const { collection, style } of rasters) {
      if (style.kind === 'ramp') parts.push(ramp(collection, style, language));
      if (style.kind === 'palette') parts.push(palette(collection, style, language));
    }
    for (const data of vectors) {
      const map = choropleth(data);
      if (map) parts.push(this.classes(map, rasters.length > 0, language, t));
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
    if (!this.pointer || !this.shown || (feature && layer !== this.shown.data.collection.id)) return;
    const { style, data } = this.shown;
    const own = data.features.find((each) => each.id === feature?.id);
    const value = own?.properties?.[style.field];
    if (typeof value !== 'number') {
      this.pointer.setAttribute('visibility', 'hidden');
      return;
    }
    const values = data.features
      .map((each) => each.properties?.[style.field])
      .filter((each) => typeof each === 'number');
    const place = placeOf(value, style.breaks, Math.min(...values), Math.max(...values));
    const x = (place * WIDTH) / style.colours.length;
    this.pointer.setAttribute('transform', `translate(${x.toFixed(1)} ${HEIGHT + 1})`);
    this.pointer.setAttribute('visibility', 'visible');
  }

  private classes(
    { data, style }: Choropleth,
    hidden: boolean,
    language: Language,
    t: Messages,
  ): HTMLElement {
    const { id, attribution } = data.collection;
    const { counts, noData } = data.counts ?? histogram(data.features, style);
    const highest = Math.max(...counts, 1);
    const step = WIDTH / counts.length;
    const bars = counts.flatMap((units, index) => {
      const height = units === 0 ? 1.5 : Math.max(3, ((HEIGHT - 16) * units) / highest);
      const said = `${rangeText(index, style.breaks, language)}: ${t.units(units)}`;
      const lit = () => this.light(id, index);
      const out = () => this.light(id, null);
      const bar = s(
        'g',
        {
          class: 'bar',
          tabindex: 0,
          role: 'img',
          'aria-label': said,
          'data-testid': 'legend-class',
          mouseenter: lit,
          mouseleave: out,
          focus: lit,
          blur: out,
        },
        s('title', {}, said),
        s('rect', { class: 'catch', x: index * step, y: 0, width: step, height: HEIGHT + 6 }),
        s('rect', {
          x: index * step + 0.5,
          y: HEIGHT - height,
          width: step - 1,
          height: height + 6,
          fill: style.colours[index] ?? 'none',
          'fill-opacity': style.symbol.opacity,
        }),
        s(
          'text',
          { x: (index + 0.5) * step, y: HEIGHT - height - 4, class: 'count' },
          number(units, language, 0),
        ),
      );
      const bound = style.breaks[index];
      if (bound === undefined) return [bar];
      const x = (index + 1) * step;
      return [bar, s('text', { x, y: HEIGHT + AXIS, class: 'bound' }, number(bound, language))];
    });
    this.shown = { data, style };
    this.pointer = s('path', { class: 'pointer', d: 'M0 0l-4.5 6h9z', visibility: 'hidden' });
    const chart = s(
      'svg',
      {
        viewBox: `-1 0 ${WIDTH + 2} ${HEIGHT + AXIS + 4}`,
        class: 'histogram',
        role: 'group',
        'aria-label': t.unitsAxis,
      },
      ...bars,
      this.pointer,
    );
    const about =
      data.schema.properties[style.field]?.description ?? (style.field === 'density' ? t.census : undefined);
    return h(
      'div',
      { class: hidden ? 'legend-part faint' : 'legend-part', 'data-legend': id },
      h('h2', {}, style.title[language]),
      hidden ? h('p', { class: 'legend-note' }, t.fillHidden) : null,
      chart,
      h('p', { class: 'legend-caption' }, t.unitsAxis),
      h(
        'p',
        { class: 'legend-nodata', 'data-testid': 'legend-nodata' },
        s(
          'svg',
          { width: 22, height: 14, 'aria-hidden': 'true' },
          s('rect', {
            x: 1,
            y: 1,
            width: 20,
            height: 12,
            rx: 2,
            fill: NO_DATA_FILL,
            stroke: 'var(--no-data-line)',
          }),
        ),
        ` ${t.noData}: ${number(noData, language, 0)}`,
      ),
      about ? h('p', {}, about) : null,
      h('p', {}, `${t.method}: ${style.method[language]}`),
      attribution ? h('p', {}, `${t.source}: ${attribution}`) : null,
    );
  }
}

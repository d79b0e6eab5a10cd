/** The passport of a municipality, or of several taken together, in the drawer. */

import '../share/told.css';
import './sheets.css';
import * as api from '../api';
import type { Figure, Grid, Named, Passport } from '../contract';
import { h, s } from '../dom';
import { fixed, number } from '../format';
import { unitName } from '../i18n';
import { measure } from './measure';
import { SHEET_WORDS, type SheetWords } from './sheet-words';
import type { Bench, Sheet } from './territories';

/** Features of a layer, and classes of the land, that are named. */
const MOST_LISTED = 8;
const MOST_CLASSES = 6;

export async function passportSheet(bench: Bench, units: readonly string[]): Promise<Sheet> {
  const { language } = bench.desk;
  const told = await api.passport(units, language);
  const element = new PassportView(bench, units, told).element;
  return { title: SHEET_WORDS[language].passportOf(told.title), element };
}

class PassportView {
  private readonly t: SheetWords;

  constructor(
    private readonly bench: Bench,
    private readonly units: readonly string[],
    private readonly told: Passport,
  ) {
    this.t = SHEET_WORDS[bench.desk.language];
  }

  get element(): HTMLElement {
    const { t, told } = this;
    const key = told.indicators.filter((each) => each.is_key);
    return h(
      'article',
      { class: 'passport', 'data-testid': 'passport-sheet' },
      this.actions(),
      told.units.length > 1
        ? h('p', { class: 'quiet' }, `${t.unitsCount(told.units.length)}. ${t.togetherNote}`)
        : null,
      section([t.keyFigures], h('dl', { class: 'figures' }, ...key.flatMap((each) => this.figure(each)))),
      ...told.charts.filter(({ parts }) => parts.length > 0).map((chart) => this.chart(chart)),
      this.landCover(),
      ...told.contents.map((each) =>
        section(
          [`${each.title}: ${each.count}`, this.notes(each.notes)],
          each.count === 0
            ? h('p', { class: 'quiet' }, t.none)
            : h(
                'ul',
                { class: 'found' },
                ...each.features.slice(0, MOST_LISTED).map((one) => h('li', {}, link(one), this.aside(one))),
                each.count > MOST_LISTED
                  ? h(
                      'li',
                      { class: 'quiet' },
                      t.more(each.count - Math.min(MOST_LISTED, each.features.length)),
                    )
                  : null,
              ),
        ),
      ),
      section(
        [`${t.neighbours}: ${told.neighbours.length}`, this.notes(told.neighbours_notes)],
        this.unitButtons(told.neighbours),
      ),
      told.beyond.length > 0
        ? section(
            [`${t.beyond}: ${told.beyond.length}`, this.notes(told.beyond_notes)],
            h(
              'ul',
              { class: 'found' },
              ...told.beyond.map((each) =>
                h(
                  'li',
                  {},
                  each.name,
                  h('small', {}, [each.region, each.country].filter(Boolean).join(', ')),
                ),
              ),
            ),
          )
        : null,
      this.peers(),
      this.everything(),
      this.sources(),
    );
  }

  private actions(): HTMLElement {
    const { t, units, bench } = this;
    const { language } = bench.desk;
    const [only] = units;
    const out = (href: string, text: string, testid: string) =>
      h('a', { href, target: '_blank', rel: 'noopener', 'data-testid': testid }, text);
    return h(
      'p',
      { class: 'sheet-actions' },
      only !== undefined && units.length === 1 ? this.adding(only) : null,
      out(api.passportPage(units, language), t.print, 'passport-print'),
      out(api.passportDocument(units, language), t.json, 'passport-json'),
    );
  }

  private adding(unit: string): HTMLElement {
    const { t, bench } = this;
    let isPicked = bench.picked.includes(unit);
    const said = () => (isPicked ? t.drop : t.add);
    const button = h(
      'button',
      {
        type: 'button',
        'data-testid': 'passport-pick',
        click: () => {
          bench.pick(unit);
          isPicked = !isPicked;
          button.textContent = said();
        },
      },
      said(),
    );
    return button;
  }

  /** "20 153 чел. · 2024 · 17-е место из 69 · по краю 2 115 308 чел." */
  private figure(each: Figure): HTMLElement[] {
    const { t } = this;
    const { language } = this.bench.desk;
    const value = each.value === null ? t.noData : measure(each.value, each, language);
    const notes = [
      String(each.period),
      each.value === null && !each.can_be_taken_together ? t.notTogether : null,
      t.flags[each.flag] ?? null,
      each.place !== null && each.of !== null ? t.place(each.place, each.of, each.shared ?? 1) : null,
      each.is_too_fine ? t.tooFine : null,
      each.grid ? this.grid(each.grid) : null,
      each.whole !== null ? t.ofKrai(measure(each.whole, each, language)) : null,
    ];
    return [
      h('dt', {}, h('a', { href: each.href, target: '_blank', rel: 'noopener' }, each.title)),
      h(
        'dd',
        { 'data-code': each.code },
        h('strong', {}, value),
        h('small', {}, notes.filter(Boolean).join(' · '), this.notes(each.notes)),
        each.place !== null && each.of !== null ? placeBar(each.place, each.of) : null,
      ),
    ];
  }

  private chart(chart: Passport['charts'][number]): HTMLElement {
    const { language } = this.bench.desk;
    const rows = chart.parts.map((part) => {
      const share = chart.parts_of_whole ? ` · ${fixed(100 * part.share, language, 1)}\u00a0%` : '';
      return bar(
        part.title,
        part.share,
        `${measure(part.value, part, language)}${share}`,
        String(part.period),
      );
    });
    return section([chart.title, this.notes(chart.notes)], h('ul', { class: 'bars' }, ...rows));
  }

  private landCover(): HTMLElement | null {
    const { told, t } = this;
    const { language } = this.bench.desk;
    if (told.land_cover.length === 0) return null;
    const rows = told.land_cover
      .slice(0, MOST_CLASSES)
      .map((each) =>
        bar(each.title, each.share / 100, `${fixed(each.share, language, 1)}\u00a0%`, '', each.colour),
      );
    const { land_cover_of: of, elevation } = told;
    const title = [t.landCover, of?.period].filter(Boolean).join(', ');
    const metres = (value: number) => number(value, language, 0);
    return section(
      [title, this.notes(of?.notes ?? [])],
      of?.grid ? h('p', { class: 'quiet' }, this.grid(of.grid)) : null,
      h('ul', { class: 'bars' }, ...rows),
      elevation
        ? h(
            'p',
            { class: 'quiet', 'data-testid': 'heights' },
            t.heights(metres(elevation.lowest), metres(elevation.highest), String(elevation.period ?? '')),
            this.notes(elevation.notes),
            elevation.grid ? `. ${this.grid(elevation.grid)}: ${t.smoothed}` : '',
          )
        : null,
    );
  }

  /** How coarse the raster is that a figure comes of. */
  private grid({ minutes, width_km, height_km }: Grid): string {
    const said = (value: number) => number(value, this.bench.desk.language, 0);
    return this.t.grid(said(minutes), said(width_km), said(height_km));
  }

  /** "[1, 3]", with the sources themselves for the pointer and for those who do not see. */
  private notes(numbers: readonly number[]): HTMLElement | null {
    if (numbers.length === 0) return null;
    const told = this.told.sources.filter((each) => numbers.includes(each.number));
    const title = this.t.note(told.map(({ attribution }) => attribution).join('; '));
    return h('sup', { class: 'notes', title }, `[${numbers.join(', ')}]`);
  }

  private aside(one: Passport['contents'][number]['features'][number]): HTMLElement | null {
    const { language } = this.bench.desk;
    const size =
      one.size === null
        ? null
        : `${number(one.size, language, 0)}\u00a0${one.unit ? unitName(one.unit, language) : ''}`;
    const said = [one.kind, size].filter(Boolean).join(', ');
    return said ? h('small', {}, said) : null;
  }

  private unitButtons(units: readonly (Named & { distance?: number })[]): HTMLElement {
    const { bench, t } = this;
    if (units.length === 0) return h('p', { class: 'quiet' }, t.none);
    const open = (unit: string) => () => bench.openPassport([unit]);
    return h(
      'ul',
      { class: 'unit-buttons' },
      ...units.map(({ id, name, distance }) =>
        h(
          'li',
          {},
          h(
            'button',
            {
              type: 'button',
              'data-unit': id,
              click: open(id),
              pointerenter: () => bench.hover(id),
              pointerleave: () => bench.hover(null),
              focus: () => bench.hover(id),
              blur: () => bench.hover(null),
            },
            name,
            distance === undefined ? null : h('small', {}, number(distance, bench.desk.language, 2)),
          ),
        ),
      ),
    );
  }

  private peers(): HTMLElement | null {
    const { units, indicators } = this.told.peers;
    if (units.length === 0) return null;
    const by = this.t.peersBy(indicators.map(({ title }) => title).join(', '));
    return section([this.t.peers], this.unitButtons(units), h('p', { class: 'quiet' }, by));
  }

  private everything(): HTMLElement {
    const { told, t } = this;
    const rest = told.indicators.filter((each) => !each.is_key);
    return h(
      'details',
      { class: 'everything' },
      h('summary', {}, `${t.all} (${told.indicators.length})`),
      h('dl', { class: 'figures' }, ...rest.flatMap((each) => this.figure(each))),
      told.units.length === 1 ? h('p', { class: 'quiet' }, t.placeNote) : null,
    );
  }

  private sources(): HTMLElement {
    const line = ({ number: at, attribution, periods, licence }: Passport['sources'][number]) => {
      const told = [attribution, ...(periods.length > 0 ? [periods.join(', ')] : [])].join(', ');
      return h('li', {}, `[${at}] ${told} — ${licence}`);
    };
    return section(
      [this.t.sources],
      h('ul', { class: 'quiet sources', 'data-testid': 'passport-sources' }, ...this.told.sources.map(line)),
    );
  }
}

const section = (title: (string | HTMLElement | null)[], ...content: (HTMLElement | null)[]): HTMLElement =>
  h('section', {}, h('h3', {}, ...title), ...content);

const link = ({ href, name }: Named): HTMLElement =>
  h('a', { href, target: '_blank', rel: 'noopener' }, name);

/** Where a place lies between the first and the last: words beside it say the same. */
function placeBar(place: number, of: number): SVGElement {
  const x = of > 1 ? 3 + (114 * (place - 1)) / (of - 1) : 3;
  return s(
    'svg',
    { class: 'place-bar', viewBox: '0 0 120 8', 'aria-hidden': 'true' },
    s('rect', { x: 0, y: 3, width: 120, height: 2, rx: 1 }),
    s('circle', { cx: x.toFixed(1), cy: 4, r: 3 }),
  );
}

function bar(title: string, share: number, text: string, note: string, colour?: string): HTMLElement {
  return h(
    'li',
    {},
    h('span', {}, title, note ? h('small', {}, note) : null),
    s(
      'svg',
      { viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      s('rect', { class: 'rail', width: 100, height: 8 }),
      s('rect', {
        class: 'length',
        width: (100 * share).toFixed(2),
        height: 8,
        ...(colour && { fill: colour }),
      }),
    ),
    h('span', { class: 'bar-value' }, text),
  );
}

/** A station in the drawer: what it says now, its series with norms and normals, its episodes and alerts. */

import 'uplot/dist/uPlot.min.css';
import '../station/station.css';
import './sheets.css';
import { ApiError, address, itemAddress } from '../api';
import { h } from '../dom';
import { number } from '../format';
import { markIcon } from '../mark';
import { STATIONS_LAYER } from '../stack';
import { type Chosen, chosenOf, type Offered, type Page } from '../station/contract';
import { chartFrame } from '../station/frame';
import { StationChart } from '../station/view';
import type { Seen } from './choice';
import type { Episodes, Row, SeriesOf, Station } from './contract';
import { alertItem } from './listed';
import type { Bench, Sheet } from './monitoring';
import * as read from './read';
import { heldText, valued } from './sentence';
import { SIGNS } from './signs';
import { around, bucketOf, moment } from './times';
import { type MonitoringWords, WORDS } from './words';

const MOST_EPISODES = 12;
const MOST_ALERTS = 5;

export async function stationSheet(bench: Bench, seen: Seen): Promise<Sheet> {
  const { language } = bench.desk;
  const [station, standing] = await Promise.all([
    read.station(seen.station, language),
    read.standingsOf(seen.station, language),
  ]);
  const view = new StationView(bench, station, standing.parameters, seen.chosen);
  return {
    title: station.name,
    element: view.element,
    refresh: () => view.refresh(),
    close: () => view.close(),
  };
}

class StationView {
  readonly element: HTMLElement;
  private readonly t: MonitoringWords;
  private readonly now = h('section', { 'data-testid': 'station-now' });
  private readonly past = h('section', { 'data-testid': 'station-episodes' });
  private readonly warned = h('section', { 'data-testid': 'station-alerts' });
  private readonly chart: StationChart | null = null;
  private parameter: string | undefined;
  private chosen: Chosen;

  constructor(
    private readonly bench: Bench,
    private readonly station: Station,
    rows: readonly Row[],
    chosen: Chosen,
  ) {
    this.t = WORDS[bench.desk.language];
    const first = bench.measured.find((one) => station.series.some((it) => it.parameter === one.parameter));
    this.parameter = this.seriesOf(chosen.parameter) ? chosen.parameter : first?.parameter;
    const row = rows.find(({ parameter }) => parameter === this.parameter);
    this.chosen = {
      ...(row && bucketOf(row.limit)),
      ...chosen,
      ...(this.parameter && { parameter: this.parameter }),
    };
    const frame = station.series.length > 0 ? chartFrame(this.page) : null;
    this.element = h(
      'article',
      { class: 'station-sheet', 'data-testid': 'station-sheet', 'data-station': station.id },
      this.actions(),
      this.note(),
      frame ?? h('p', { class: 'quiet' }, this.t.noSeries),
      this.now,
      this.past,
      this.warned,
    );
    this.tellNow(rows);
    void this.tellAlerts();
    if (!frame) return;
    this.chart = new StationChart(frame, this.page, {
      recall: () => this.chosen,
      remember: (now) => this.remember(now),
    });
    // the chart measures its place, which is on the page a moment later
    requestAnimationFrame(() => frame.isConnected && this.chart?.open());
  }

  /** There are new values. */
  refresh(): void {
    this.chart?.refresh();
    void read.standingsOf(this.station.id, this.bench.desk.language).then(
      ({ parameters }) => this.tellNow(parameters),
      () => undefined,
    );
  }

  close(): void {
    this.chart?.close();
  }

  private get page(): Page {
    const { id, name, series } = this.station;
    const order = this.bench.measured.map(({ parameter }) => parameter);
    const ordered = [...series].sort((a, b) => order.indexOf(a.parameter) - order.indexOf(b.parameter));
    return {
      station: id,
      name,
      language: this.bench.desk.language,
      root: address(''),
      series: ordered.map(offered),
    };
  }

  /** The series that a choice means. */
  private seriesOf(key: string | undefined): SeriesOf | undefined {
    const meant = chosenOf(key, this.station.series.map(offered));
    return this.station.series.find(
      ({ parameter, synthetic }) => parameter === meant?.parameter && synthetic === meant.synthetic,
    );
  }

  private remember(chosen: Chosen): void {
    this.chosen = chosen;
    this.bench.remember({ station: this.station.id, chosen });
    if (chosen.parameter !== this.parameter || !this.past.hasChildNodes()) {
      this.parameter = chosen.parameter;
      void this.tellEpisodes();
    }
  }

  private actions(): HTMLElement {
    const { id } = this.station;
    const { language } = this.bench.desk;
    return h(
      'p',
      { class: 'sheet-actions' },
      link(read.stationPage(id, language), this.t.page),
      link(itemAddress(STATIONS_LAYER, id).replace('f=json', `f=html&lang=${language}`), this.t.about),
    );
  }

  /** That values are made up comes before them all. */
  private note(): HTMLElement | null {
    const { series, properties } = this.station;
    const { language } = this.bench.desk;
    const note = properties[`note_${language}`];
    const made = series.filter(({ synthetic }) => synthetic).length;
    const told = made === 0 ? null : made === series.length ? this.t.syntheticAll : this.t.synthetic;
    if (!told && !note) return null;
    return h(
      'div',
      {},
      told ? h('p', { class: 'made-up', 'data-testid': 'made-up' }, told) : null,
      note ? h('p', { class: 'quiet' }, String(note)) : null,
    );
  }

  private tellNow(rows: readonly Row[]): void {
    const { t } = this;
    if (rows.length === 0) return;
    const order = this.page.series.map(({ parameter }) => parameter);
    const sorted = [...rows].sort((a, b) => order.indexOf(a.parameter) - order.indexOf(b.parameter));
    this.now.replaceChildren(
      h('h3', {}, t.values),
      h('table', { class: 'observed-rows' }, h('tbody', {}, ...sorted.map((row) => this.row(row)))),
    );
  }

  private row(row: Row): HTMLElement {
    const { language } = this.bench.desk;
    const series = this.seriesOf(row.parameter);
    if (!series) return h('tr');
    const show = () => {
      this.chosen = { ...this.chosen, bucket: 'auto', ...bucketOf(row.limit), parameter: row.parameter };
      this.chart?.reopen();
    };
    const name = h('button', { type: 'button', click: show }, plainTitle(series));
    return h(
      'tr',
      { 'data-parameter': row.parameter, 'data-status': row.status },
      h('th', { scope: 'row' }, name, row.synthetic ? h('small', {}, this.t.synthetic) : null),
      h('td', {}, valued(row.value, series, language), h('small', {}, moment(row.time, language))),
      h(
        'td',
        {},
        h('span', { class: 'status' }, markIcon(SIGNS[row.status]), row.status_title),
        row.multiple === null ? null : h('small', {}, heldText(row, series, language)),
      ),
    );
  }

  private async tellEpisodes(): Promise<void> {
    const { parameter, t } = this;
    const { language } = this.bench.desk;
    const series = this.seriesOf(parameter);
    this.past.replaceChildren();
    if (!series?.substance) return;
    let told: Episodes;
    try {
      told = await read.episodes(this.station.id, series, language);
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      return;
    }
    if (parameter !== this.parameter) return;
    const rows = told.results
      .flatMap((result) => result.episodes.map((episode) => ({ ...episode, result })))
      .filter(({ result }) => !result.limit.includes('interim'))
      .sort((a, b) => b.begin.localeCompare(a.begin));
    const heads = [t.begin, t.end, t.peak, t.times].map((text) => h('th', { scope: 'col' }, text));
    const body = rows.map(({ begin, end, peak, multiple, result }) =>
      h(
        'tr',
        {},
        h(
          'th',
          { scope: 'row' },
          this.timeButton(begin, end, result.limit),
          h('small', {}, result.averaging_title),
        ),
        h('td', {}, moment(end, language)),
        h('td', {}, valued(peak, series, language)),
        h('td', {}, multiple === null ? '—' : number(multiple, language, 2)),
      ),
    );
    const shownRows = h('tbody', {}, ...body.slice(0, MOST_EPISODES));
    const showRest = () => {
      shownRows.replaceChildren(...body);
      rest.remove();
    };
    const rest = h(
      'button',
      { type: 'button', class: 'quiet-button', click: showRest },
      t.showAll(body.length),
    );
    this.past.replaceChildren(
      h('h3', {}, t.episodesOf(plainTitle(series))),
      rows.length > 0
        ? h('table', { class: 'observed-rows' }, h('thead', {}, h('tr', {}, ...heads)), shownRows)
        : h('p', { class: 'quiet' }, t.noEpisodes),
      body.length > MOST_EPISODES ? rest : h('span', {}),
    );
  }

  /** A moment that brings its time into the chart. */
  private timeButton(begin: string, end: string, limit: string): HTMLElement {
    const show = () => {
      this.chosen = { ...this.chosen, bucket: 'auto', ...bucketOf(limit), ...around(begin, end) };
      this.chart?.reopen();
      this.element.scrollIntoView({ block: 'start' });
    };
    return h('button', { type: 'button', click: show }, moment(begin, this.bench.desk.language));
  }

  private async tellAlerts(): Promise<void> {
    const { language } = this.bench.desk;
    const { t } = this;
    try {
      const listed = { state: 'all' as const, station: this.station.id };
      const { alerts, numberMatched } = await read.alerts(listed, MOST_ALERTS, language);
      this.warned.replaceChildren(
        h('h3', {}, t.stationAlerts),
        alerts.length > 0
          ? h('ul', { class: 'alerts' }, ...alerts.map((alert) => alertItem(alert, this.bench)))
          : h('p', { class: 'quiet' }, t.noAlerts),
        numberMatched > alerts.length
          ? h(
              'p',
              { class: 'quiet' },
              `${t.shownOf(alerts.length, numberMatched)} `,
              link(read.alertsPage(language, this.station.id), t.alertsPage),
            )
          : h('span', {}),
      );
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
    }
  }
}

const link = (href: string, text: string): HTMLElement =>
  h('a', { href, target: '_blank', rel: 'noopener' }, text);

const plainTitle = ({ title, note }: SeriesOf): string => (note ? title.replace(` (${note})`, '') : title);

/** A series as the chart knows it. */
function offered(one: SeriesOf): Offered {
  return {
    parameter: one.parameter,
    title: plainTitle(one),
    unit: one.unit_title,
    code: one.unit,
    digits: one.digits,
    totals: one.totals,
    normal: one.normal,
    substance: one.substance,
    synthetic: one.synthetic,
    first: Date.parse(one.first),
    last: Date.parse(one.last),
    step: one.step === null ? null : one.step * 1000,
  };
}

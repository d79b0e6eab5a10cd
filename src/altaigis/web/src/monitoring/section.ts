/** The section of the panel: which parameter is on the map, how it is decided, the stations as a table, the alerts. */

import type { Language } from '../contract';
import { h } from '../dom';
import { date, number } from '../format';
import { unitName } from '../i18n';
import { markIcon } from '../mark';
import type { Watch } from './choice';
import type { Limit, Measured, Row, Standings } from './contract';
import type { Line } from './live';
import { feedAddress, standingsAddress } from './read';
import { heldText, valued } from './sentence';
import { SIGNS } from './signs';
import { moment, offered } from './times';
import { type MonitoringWords, WORDS } from './words';

export interface Actions {
  choose(watch: Watch | null): void;
  open(station: string): void;
  openAlerts(): void;
  openSurface(): void;
}

/** What the section tells of. */
export interface Shown {
  measured: readonly Measured[];
  watch: Watch | null;
  standings: Standings | null;
  line: Line;
  alerts: number | null;
}

const MEDIA = ['air', 'water', 'meteo', 'radiation', 'other'];

export class Section {
  readonly element = h('section', { class: 'thematic monitoring', 'data-testid': 'monitoring' });
  private language: Language = 'ru';

  constructor(private readonly actions: Actions) {}

  render(shown: Shown, language: Language): void {
    this.language = language;
    const open = [...this.element.querySelectorAll('details')].filter((each) => each.open);
    const opened = new Set(open.map(({ dataset }) => dataset.part));
    const focused = document.activeElement?.closest('[data-control]')?.getAttribute('data-control');
    this.element.hidden = shown.measured.length === 0;
    this.element.replaceChildren(
      h('h2', {}, this.t.title),
      this.parameters(shown),
      ...(shown.watch && shown.standings ? this.details(shown.watch, shown.standings, shown) : []),
      this.alerts(shown),
    );
    for (const each of this.element.querySelectorAll('details')) each.open = opened.has(each.dataset.part);
    if (focused && this.element.isConnected)
      this.element.querySelector<HTMLElement>(`[data-control="${CSS.escape(focused)}"]`)?.focus();
  }

  private get t(): MonitoringWords {
    return WORDS[this.language];
  }

  private parameters({ measured, watch }: Shown): HTMLElement {
    const { t } = this;
    const plain = (one: Measured) => (one.note ? one.title.replace(` (${one.note})`, '') : one.title);
    const groups = MEDIA.map((medium) => {
      const its = measured.filter((one) => (one.medium ?? 'other') === medium);
      const options = its.map((one) =>
        h('option', { value: one.parameter }, `${plain(one)} · ${t.stations(one.stations)}`),
      );
      return its.length > 0 ? h('optgroup', { label: t.media[medium] ?? medium }, ...options) : null;
    });
    const select = h(
      'select',
      {
        'data-control': 'observed',
        'data-testid': 'observed',
        'aria-label': t.parameter,
        change: (event: Event) => {
          const parameter = (event.currentTarget as HTMLSelectElement).value;
          this.actions.choose(parameter ? { parameter } : null);
        },
      },
      h('option', { value: '' }, t.none),
      ...groups,
    );
    select.value = watch?.parameter ?? '';
    return select;
  }

  private details(watch: Watch, told: Standings, { line, measured }: Shown): HTMLElement[] {
    const { t, language } = this;
    const newest = told.stations.reduce((most, { time }) => (time > most ? time : most), '');
    const known = measured.find(({ parameter }) => parameter === watch.parameter);
    const [step] = offered(known?.step ?? null).includes('day') ? (['day'] as const) : (['month'] as const);
    const way = (name: string, text: string, pressed: boolean, chosen: Watch) =>
      h(
        'button',
        {
          type: 'button',
          'data-control': name,
          'data-testid': name,
          'aria-pressed': String(pressed),
          click: () => this.actions.choose(chosen),
        },
        text,
      );
    const { parameter } = watch;
    return [
      h(
        'p',
        { class: `observed-line ${line}`, role: 'status', 'data-testid': 'live', 'data-line': line },
        line === 'away' ? t.away : `${t.live}; ${t.asOf(newest ? moment(newest, language) : '—')}`,
      ),
      h(
        'div',
        { class: 'ways', role: 'group', 'aria-label': t.ways },
        way('now', t.now, watch.step === undefined, { parameter }),
        way('in-time', t.inTime, watch.step !== undefined, { parameter, step }),
      ),
      told.limits.length > 0
        ? h(
            'details',
            { class: 'settings', 'data-part': 'rule' },
            h('summary', {}, t.rule),
            h('p', { class: 'quiet' }, told.rule),
            h('ul', { class: 'norms' }, ...told.limits.map((limit) => this.norm(limit, told))),
          )
        : h('p', { class: 'quiet' }, t.noNorm),
      this.table(told),
      h(
        'p',
        { class: 'links' },
        this.button('surface', t.surface, () => this.actions.openSurface()),
        h('a', { href: standingsAddress(parameter, 'csv', language) }, t.stationsCsv),
      ),
    ];
  }

  /** A norm with its day and source, and what other sources say. */
  private norm(limit: Limit, told: Standings): HTMLElement {
    const { t, language } = this;
    const value = valued(limit.value_in_unit, { ...told, digits: 6 }, language);
    const since = limit.valid_from ? `, ${t.since(date(limit.valid_from, language))}` : '';
    const rivals = limit.rivals.map((rival) =>
      t.disputed(`${number(rival.value, language, 6)} ${unitName(rival.unit, language)}`, rival.source),
    );
    const title = [limit.norm_title, limit.averaging_title].filter(Boolean).join(', ');
    return h(
      'li',
      {},
      `${title}: ${value}${since}`,
      h('small', {}, [t.bySource(limit.source), ...rivals].join('; ')),
    );
  }

  private table(told: Standings): HTMLElement {
    const { t } = this;
    const order = told.statuses.map(({ status }) => status);
    const rows = [...told.stations]
      .sort(
        (a, b) => order.indexOf(a.status) - order.indexOf(b.status) || (b.multiple ?? 0) - (a.multiple ?? 0),
      )
      .map((row) => this.row(row, told));
    const heads = [t.station, t.value, t.status].map((text) => h('th', { scope: 'col' }, text));
    return h(
      'details',
      { class: 'settings', 'data-part': 'table' },
      h('summary', { 'data-testid': 'observed-table' }, t.tableOf),
      h('table', { class: 'observed-rows' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows)),
    );
  }

  private row(row: Row, told: Standings): HTMLElement {
    const { language, t } = this;
    const name = h(
      'button',
      { type: 'button', 'data-control': row.station, click: () => this.actions.open(row.station) },
      row.name,
    );
    const held = heldText(row, told, language);
    return h(
      'tr',
      { 'data-station': row.station },
      h('th', { scope: 'row' }, name, row.synthetic ? h('small', {}, t.synthetic) : null),
      h('td', {}, valued(row.value, told, language), h('small', {}, moment(row.time, language))),
      h(
        'td',
        {},
        h('span', { class: 'status' }, markIcon(SIGNS[row.status]), row.status_title),
        held ? h('small', {}, held) : null,
      ),
    );
  }

  private alerts({ alerts, watch }: Shown): HTMLElement {
    const { t, language } = this;
    const listed = { state: 'all' as const, ...(watch && { parameter: watch.parameter }) };
    const badge =
      alerts === null || alerts === 0
        ? null
        : h(
            'span',
            { class: 'badge', 'data-testid': 'alert-count', title: t.alertsOpen(alerts) },
            number(alerts, language, 0),
          );
    const opening = this.button('alerts', t.alertsOfAll, () => this.actions.openAlerts());
    if (badge) opening.append(' ', badge);
    return h('p', { class: 'links' }, opening, h('a', { href: feedAddress(listed, language) }, t.rss));
  }

  private button(name: string, text: string, click: () => void): HTMLElement {
    return h(
      'button',
      { type: 'button', class: 'quiet-button', 'data-control': name, 'data-testid': name, click },
      text,
    );
  }
}

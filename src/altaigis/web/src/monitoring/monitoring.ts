/** The monitoring on the map: a parameter at all stations, now or through time; a station, the alerts and the surface
 * between the stations in the drawer. */

import { ApiError } from '../api';
import type { Feature } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { Drawer } from '../drawer';
import type { Labels } from '../map/labels';
import type { Marks } from '../map/marks';
import { type Sign, StationSigns } from '../map/stations';
import { Yielding } from '../map/yielding';
import type { Piece } from '../piece';
import { type LayerStack, STATIONS_LAYER } from '../stack';
import type { State } from '../state';
import type { Observed } from '../table/observed';
import type { RasterPair } from '../twin/choice';
import type { Listed, Seen, Step, Watch } from './choice';
import type { Frames, Measured, Standings } from './contract';
import { framesLegend, framesTitle, standingsLegend, standingsTitle } from './legend';
import { type Line, Live } from './live';
import * as read from './read';
import { Section } from './section';
import { labelText, standingText, valued } from './sentence';
import { type Classes, classesOf, SIGNS, valueMark } from './signs';
import { TimeBar } from './timebar';
import { bucketName, offered, stretch } from './times';
import { WORDS } from './words';

/** What the drawer shows of the monitoring; it is told when it is seen no more, and when there are new values. */
export interface Sheet {
  title: string;
  element: HTMLElement;
  refresh?: () => void;
  close?: () => void;
}

/** What a sheet works with. */
export interface Bench {
  desk: Desk;
  measured: readonly Measured[];
  openStation(seen: Seen): void;
  openAlerts(listed: Listed): void;
  remember(seen: Seen): void;
  /** Bring a parameter on the map, at a time. */
  watch(watch: Watch): Promise<void>;
  showLayer(layer: string): Promise<void>;
  hideLayer(layer: string): Promise<void>;
  beside(pair: RasterPair | null): Promise<void>;
}

type Kind =
  | { kind: 'station'; seen: Seen }
  | { kind: 'alerts'; listed: Listed }
  | { kind: 'surface'; watch: Watch };

const isRefused = ({ status }: ApiError): boolean => status !== null && status < 500;

interface Moving {
  frames: Frames;
  classes: Classes;
  at: number;
}

export class Monitoring implements Piece {
  private measured: readonly Measured[] = [];
  private watch: Watch | null = null;
  private standings: Standings | null = null;
  private moving: Moving | null = null;
  private line: Line = 'live';
  private alertCount: number | null = null;
  private shown: Kind | null = null;
  private sheet: Sheet | null = null;
  /** Count what was asked for: an answer that comes late is not shown over a later one. */
  private turn = 0;
  private sheetTurn = 0;
  private readonly signs: StationSigns;
  private readonly yielding: Yielding;
  private readonly section = new Section({
    choose: (watch) => void this.choose(watch),
    open: (station) => this.openStation(station),
    openAlerts: () => void this.show({ kind: 'alerts', listed: this.usualList() }),
    openSurface: () => this.watch && void this.show({ kind: 'surface', watch: this.watch }),
  });
  private readonly bar = new TimeBar({
    go: (at) => this.go(at),
    step: (step) => this.watch && void this.choose({ parameter: this.watch.parameter, step }),
    leave: () => this.watch && void this.choose({ parameter: this.watch.parameter }),
  });
  private readonly live = new Live(
    () => void this.refresh(),
    (line) => {
      if (line === this.line) return;
      this.line = line;
      this.render();
    },
  );

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly frame: { marks: Marks; labels: Labels; drawer: Drawer },
    private readonly events: {
      /** Something else is on the map. */
      changed: () => void;
      /** The address has more to tell. */
      noted: () => void;
      show: (layer: string) => Promise<void>;
      /** Two rasters on two maps; null: one map again. */
      beside: (pair: RasterPair | null) => Promise<void>;
    },
  ) {
    this.yielding = new Yielding(desk.view);
    this.signs = new StationSigns(desk.view, frame, (station) => this.openStation(station));
  }

  /** For the panel. */
  get element(): HTMLElement {
    return this.section.element;
  }

  /** For the bottom of the window. */
  get timeBar(): HTMLElement {
    return this.bar.element;
  }

  /** For the legend of the map; null where no parameter is shown. */
  get legend(): HTMLElement | null {
    const { language } = this.desk;
    if (this.moving && this.watch?.step)
      return framesLegend(
        this.moving.frames,
        this.moving.classes,
        this.momentName(this.watch.step),
        language,
      );
    return this.standings && standingsLegend(this.standings, language);
  }

  /** What a map of the stations is called; null where no parameter is shown. */
  get title(): string | null {
    const { language } = this.desk;
    if (this.moving && this.watch?.step)
      return framesTitle(this.moving.frames, this.momentName(this.watch.step), language);
    return this.standings && standingsTitle(this.standings, language);
  }

  /** What is on the map, for a table; null where no parameter is shown. */
  get observed(): Observed | null {
    const { standings, moving, title } = this;
    return standings && title !== null ? { title, standings, moving } : null;
  }

  /** Whether a parameter is on the map. */
  get isOn(): boolean {
    return this.watch !== null && this.standings !== null;
  }

  get state(): State {
    const { shown } = this;
    return {
      ...(this.watch && { watch: this.watch }),
      ...(shown?.kind === 'station' && { station: shown.seen }),
      ...(shown?.kind === 'alerts' && { alerts: shown.listed }),
    };
  }

  async open({ watch, station, alerts }: State): Promise<string[]> {
    const loaded = this.loadMeasured();
    if (!watch && !station && !alerts) {
      if (this.watch) await this.choose(null);
      if (this.shown) this.frame.drawer.close();
      // nothing waits for the list of what is observed
      void loaded.then(() => this.render());
      return [];
    }
    await loaded;
    const known = !watch || this.measured.some(({ parameter }) => parameter === watch.parameter);
    await this.choose(known ? (watch ?? null) : null);
    const missing = known || !watch ? [] : [watch.parameter];
    if (station && !(await this.show({ kind: 'station', seen: station }))) missing.push(station.station);
    else if (!station && alerts) await this.show({ kind: 'alerts', listed: alerts });
    else if (!station && this.shown) this.frame.drawer.close();
    return missing;
  }

  async speak(): Promise<void> {
    this.measured = [];
    await this.loadMeasured();
    await this.choose(this.watch);
    if (this.shown) await this.show(this.shown);
  }

  /** The own marks of the stations are not drawn under their signs. */
  settle(): void {
    document.documentElement.classList.toggle('with-stations', this.isOn);
    const points = this.stack.vector(STATIONS_LAYER)?.layer;
    if (!points || !this.stack.on.has(STATIONS_LAYER)) return;
    if (this.isOn) points.hide();
    else points.show();
  }

  /** What can be done with a station whose popup is open. */
  describe(layer: string, feature: Feature): HTMLElement | null {
    if (layer !== STATIONS_LAYER || this.measured.length === 0) return null;
    const click = () => this.openStation(String(feature.id));
    const text = WORDS[this.desk.language].openStation;
    return h(
      'p',
      { class: 'popup-actions' },
      h('button', { type: 'button', 'data-testid': 'popup-station', click }, text),
    );
  }

  // What is on the map

  private async loadMeasured(): Promise<void> {
    if (this.measured.length > 0) return;
    try {
      this.measured = await read.measured(this.desk.language);
    } catch (cause) {
      // a server without observations has a map all the same
      if (!(cause instanceof ApiError)) throw cause;
    }
    void this.countAlerts();
  }

  private async choose(watch: Watch | null): Promise<void> {
    const turn = ++this.turn;
    const former = this.watch;
    this.watch = watch;
    if (!watch) {
      this.clear();
      return;
    }
    try {
      const [standings, moving] = await this.desk.during(
        Promise.all([read.standings(watch.parameter, this.desk.language), this.load(watch)]),
      );
      if (turn !== this.turn) return;
      this.standings = standings;
      this.moving = moving;
      this.desk.notices.dismiss('observed');
    } catch (cause) {
      if (turn !== this.turn) return;
      if (!(cause instanceof ApiError)) throw cause;
      this.failed(cause, watch);
      if (former?.parameter === watch.parameter) return;
      this.clear();
      // It stays chosen, and in the address.
      if (!isRefused(cause)) this.watch = watch;
      this.events.noted();
      return;
    }
    void this.countAlerts();
    this.live.listen(read.eventsAddress(watch.parameter));
    this.draw();
  }

  private async load({ parameter, step, at }: Watch): Promise<Moving | null> {
    const of = this.measured.find((one) => one.parameter === parameter);
    if (!step || !of) return null;
    const frames = await read.frames(parameter, step, stretch(of.first, of.last, step), this.desk.language);
    const values = frames.stations.flatMap((one) => one.values.filter((value) => value !== null));
    const place = at ? frames.times.findIndex((time) => time.startsWith(at.slice(0, 16))) : -1;
    const last = frames.times.length - 1;
    return { frames, classes: classesOf(values, frames.digits), at: place < 0 ? last : place };
  }

  private failed(cause: ApiError, watch: Watch): void {
    const { t, notices } = this.desk;
    const help = this.desk.reason(cause);
    // What the server refuses, it refuses again.
    const retry = isRefused(cause) ? {} : { retry: () => void this.choose(watch) };
    notices.show('observed', { what: WORDS[this.desk.language].failed, help, ...retry }, t);
  }

  private clear(): void {
    this.watch = this.standings = this.moving = null;
    this.live.stop();
    this.signs.hide();
    this.bar.hide();
    this.settle();
    void this.countAlerts();
    this.render();
    this.events.changed();
  }

  private draw(): void {
    const { watch, moving } = this;
    if (!watch) return;
    this.signs.show(moving ? this.valueSigns(moving) : this.statusSigns());
    this.signs.choose(this.shown?.kind === 'station' ? this.shown.seen.station : null);
    if (moving && watch.step) this.showBar(moving, watch.step);
    else this.bar.hide();
    this.settle();
    this.render();
    this.events.changed();
  }

  private showBar({ frames, at }: Moving, step: Step): void {
    const of = this.measured.find(({ parameter }) => parameter === frames.parameter);
    this.bar.show(frames, at, step, offered(of?.step ?? null), this.desk.language);
  }

  private statusSigns(): Sign[] {
    const { standings } = this;
    if (!standings) return [];
    const { language } = this.desk;
    const order = standings.statuses.map(({ status }) => status).reverse();
    return standings.stations.flatMap((row): Sign[] =>
      row.longitude === null || row.latitude === null
        ? []
        : [
            {
              station: row.station,
              at: [row.longitude, row.latitude],
              mark: SIGNS[row.status],
              value: row.status === 'silent' ? '' : labelText(row, standings, language),
              title: standingText(row, standings, language),
              rank: order.indexOf(row.status),
            },
          ],
    );
  }

  private valueSigns({ frames, classes, at }: Moving): Sign[] {
    const { language } = this.desk;
    const t = WORDS[language];
    return frames.stations.flatMap((one): Sign[] => {
      const value = one.values[at] ?? null;
      if (one.longitude === null || one.latitude === null) return [];
      const text = value === null ? '' : valued(value, frames, language);
      const made = one.synthetic ? ` (${t.synthetic})` : '';
      return [
        {
          station: one.station,
          at: [one.longitude, one.latitude],
          mark: valueMark(value, classes),
          value: text,
          title: `${one.name}: ${text || t.noValue}${made}`,
          rank: value === null ? 0 : 1,
        },
      ];
    });
  }

  private momentName(step: Step): string {
    const time = this.moving?.frames.times[this.moving.at];
    return time ? bucketName(time, step, this.desk.language) : '';
  }

  private go(at: number): void {
    const { moving, watch } = this;
    const time = moving?.frames.times[at];
    if (!moving || !watch?.step || !time) return;
    moving.at = at;
    this.watch = { ...watch, at: `${time.slice(0, 16)}Z` };
    this.signs.show(this.valueSigns(moving));
    this.showBar(moving, watch.step);
    this.events.changed();
  }

  /** There are new values. */
  private async refresh(): Promise<void> {
    const { watch } = this;
    if (!watch) return;
    try {
      const standings = await read.standings(watch.parameter, this.desk.language);
      if (this.watch?.parameter !== watch.parameter) return;
      this.standings = standings;
    } catch (cause) {
      // the line tells that the server is away
      if (!(cause instanceof ApiError)) throw cause;
      return;
    }
    void this.countAlerts();
    this.sheet?.refresh?.();
    if (!this.moving) this.draw();
  }

  private async countAlerts(): Promise<void> {
    const { watch } = this;
    try {
      const { numberMatched } = await read.alerts(this.usualList(), 1, this.desk.language);
      if (watch?.parameter !== this.watch?.parameter) return;
      this.alertCount = numberMatched;
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      this.alertCount = null;
    }
    this.render();
  }

  private usualList(): Listed {
    return { state: 'open', ...(this.watch && { parameter: this.watch.parameter }) };
  }

  private render(): void {
    const { measured, watch, standings, line, alertCount: alerts } = this;
    this.section.render({ measured, watch, standings, line, alerts }, this.desk.language);
  }

  // What is in the drawer

  private openStation(station: string): void {
    void this.show({ kind: 'station', seen: { station, chosen: {} } });
  }

  /** False where there is no such station. */
  private async show(wanted: Kind): Promise<boolean> {
    const turn = ++this.sheetTurn;
    let sheet: Sheet;
    try {
      sheet = await this.desk.during(this.make(wanted));
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 404) return false;
      sheet = this.broken(wanted);
    }
    if (turn !== this.sheetTurn) {
      sheet.close?.();
      return true;
    }
    const { drawer } = this.frame;
    const opened = this.yielding.begin();
    if (this.shown && drawer.isOpen) {
      this.sheet?.close?.();
      drawer.fill(sheet.title, sheet.element);
    } else {
      drawer.open(sheet.title, sheet.element, () => this.leave());
      if (wanted.kind === 'alerts') opened();
    }
    this.shown = wanted;
    this.sheet = sheet;
    document.documentElement.classList.toggle('with-series', wanted.kind === 'station');
    this.signs.choose(wanted.kind === 'station' ? wanted.seen.station : null);
    if (wanted.kind === 'station') this.reveal(wanted.seen.station);
    this.events.noted();
    return true;
  }

  private async make(wanted: Kind): Promise<Sheet> {
    const bench: Bench = {
      desk: this.desk,
      measured: this.measured,
      openStation: (seen) => void this.show({ kind: 'station', seen }),
      openAlerts: (listed) => void this.show({ kind: 'alerts', listed }),
      remember: (seen) => this.remember(seen),
      watch: (watch) => this.choose(watch),
      showLayer: (layer) => this.events.show(layer),
      hideLayer: (layer) => this.stack.toggle(layer, false),
      beside: (pair) => this.events.beside(pair),
    };
    if (wanted.kind === 'station') {
      const { station, chosen } = wanted.seen;
      const seen = { station, chosen: { ...(this.watch && { parameter: this.watch.parameter }), ...chosen } };
      return (await import('./station')).stationSheet(bench, seen);
    }
    if (wanted.kind === 'alerts') return (await import('./alerts')).alertsSheet(bench, wanted.listed);
    const at = this.moving && this.watch?.step ? this.moving.frames.times[this.moving.at] : undefined;
    const { surfaceSheet } = await import('./surface');
    return surfaceSheet(bench, wanted.watch, at);
  }

  private broken(wanted: Kind): Sheet {
    const t = WORDS[this.desk.language];
    const again = h('button', { type: 'button', click: () => void this.show(wanted) }, t.retry);
    return {
      title: t.title,
      element: h('div', { class: 'sheet-failed' }, h('p', { role: 'alert' }, t.sheetFailed), again),
    };
  }

  private remember(seen: Seen): void {
    if (this.shown?.kind !== 'station' || this.shown.seen.station !== seen.station) return;
    this.shown = { kind: 'station', seen };
    this.events.noted();
  }

  private leave(): void {
    this.sheetTurn++;
    this.sheet?.close?.();
    this.sheet = this.shown = null;
    document.documentElement.classList.remove('with-series');
    this.signs.choose(null);
    this.yielding.end();
    this.events.noted();
  }

  /** The drawer may lie over the station that it tells of. */
  private reveal(station: string): void {
    const row = this.standings?.stations.find((one) => one.station === station);
    const place = this.stack.vector(STATIONS_LAYER)?.layer.find(station)?.geometry;
    const own = row?.longitude != null && row.latitude != null ? [row.longitude, row.latitude] : null;
    if (own) this.desk.view.reveal([{ type: 'Point', coordinates: own }]);
    else if (place) this.desk.view.reveal([place]);
  }
}

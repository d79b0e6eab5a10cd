/** The panel of analyses: choose one, set it, run it, see how far it is, read what it says. */

import './analysis.css';
import * as api from '../api';
import type { Catalogue } from '../catalogue';
import type { Job, ProcessDescription, ProcessHead } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import { STATIONS_LAYER, UNITS_LAYER } from '../stack';
import { Beside } from '../twin/beside';
import type { RasterPair } from '../twin/choice';
import type { ResultChart } from './chart';
import { inputFields } from './fields';
import { InputsForm } from './form';
import { begin, cancel, hasEnded, watch } from './jobs';
import { keyField } from './key';
import { namesOf } from './names';
import { type Ended, endedRun, tellOutcome } from './outcome';
import { jobProgress, runFailed, tellRefusal } from './progress';
import { layerOf } from './result';
import { WORDS } from './words';

export interface AnalysisEvents {
  /** Another run is looked at, or none. */
  changed: (job: string | null) => void;
  /** A result that the catalogue may not know yet takes the place of former ones on the map. */
  show: (layer: string) => Promise<void>;
  /** A layer is wanted besides. */
  add: (layer: string) => Promise<void>;
  /** What a municipality is called. */
  unitName: (id: string) => string | null;
  /** Two rasters on two maps. */
  beside: (pair: RasterPair) => Promise<void>;
  /** A feature is pointed at in a chart; null: none any more. */
  point: (layer: string, id: string | null) => void;
  /** A feature is to be opened on the map. */
  pick: (layer: string, id: string) => void;
}

export class AnalysisPanel {
  readonly element = h('div', { class: 'analysis', 'data-testid': 'analysis' });
  private heads: readonly ProcessHead[] = [];
  private process: ProcessDescription | null = null;
  private form: InputsForm | null = null;
  private key = '';
  private watching: AbortController | null = null;
  private readonly outcome = h('section', { class: 'outcome', 'aria-live': 'polite' });
  private drawn: { layer: string; chart: ResultChart } | null = null;

  constructor(
    private readonly desk: Desk,
    private readonly catalogue: Catalogue,
    private readonly events: AnalysisEvents,
  ) {}

  /** The list of analyses, or the one that was chosen, in the language of the moment. */
  async render(): Promise<void> {
    const { language } = this.desk;
    try {
      this.heads = await this.desk.during(api.processes(language));
      if (this.process) this.process = await api.process(this.process.id, language);
      await this.draw();
    } catch (cause) {
      this.tellAway(cause, this.element, () => void this.render());
    }
  }

  /** A feature is pointed at on the map. */
  light(layer: string, id: string | null): void {
    if (this.drawn?.layer === layer) this.drawn.chart.light(id);
  }

  /** Look at a run, however far it is, and show its result, unless a link says what is shown; false: there is none. */
  async open(id: string, isShown: boolean): Promise<boolean> {
    try {
      const job = await api.job(id, this.desk.language);
      this.process = await api.process(job.processID, this.desk.language);
      await this.render();
      this.form?.fill(job['altai:inputs'] ?? {});
      await this.follow(job, isShown);
      return true;
    } catch (cause) {
      if (cause instanceof api.ApiError && cause.status === 404) return false;
      throw cause;
    }
  }

  private get t() {
    return WORDS[this.desk.language];
  }

  private async draw(): Promise<void> {
    const { t } = this;
    const former = this.form?.read.bind(this.form);
    this.form = this.process ? await this.inputs(this.process) : null;
    if (this.form && former) this.refill(former);
    this.element.replaceChildren(
      h('p', { class: 'quiet' }, t.analysisIntro),
      this.chooser(),
      ...(this.process && this.form ? this.setting(this.process, this.form) : []),
      this.outcome,
    );
  }

  private setting(process: ProcessDescription, form: InputsForm): HTMLElement[] {
    const key = keyField(this.t, this.key, (typed) => {
      this.key = typed;
    });
    form.element.append(key);
    const submit = (event: Event) => {
      event.preventDefault();
      if (form.check()) void this.run();
      else this.outcome.querySelector('[role=alert]')?.remove();
    };
    const run = h('button', { type: 'submit', class: 'primary wide', 'data-testid': 'run' }, this.t.run);
    return [
      h('p', { class: 'quiet' }, process.description),
      // The browser would tell mistakes in its own language, and only for a moment.
      h('form', { novalidate: true, class: 'setting-out', submit }, form.element, run),
    ];
  }

  /** What was filled in stays when the language changes. */
  private refill(former: () => Record<string, unknown>): void {
    try {
      this.form?.fill(former());
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
    }
  }

  private chooser(): HTMLElement {
    const { t } = this;
    const select = h(
      'select',
      {
        'aria-label': t.analyse,
        'data-testid': 'process',
        change: (event: Event) => void this.choose((event.currentTarget as HTMLSelectElement).value),
      },
      h('option', { value: '' }, t.choose),
      ...this.heads.map(({ id, title }) => h('option', { value: id }, title)),
    );
    select.value = this.process?.id ?? '';
    return select;
  }

  private async choose(id: string): Promise<void> {
    this.forget();
    this.form = null;
    try {
      this.process = id ? await this.desk.during(api.process(id, this.desk.language)) : null;
      await this.draw();
      this.element.querySelector('select')?.focus();
    } catch (cause) {
      this.tellAway(cause, this.outcome, () => void this.choose(id));
    }
  }

  /** That the server does not answer, with a way to ask again. */
  private tellAway(cause: unknown, place: HTMLElement, retry: () => void): void {
    if (!(cause instanceof api.ApiError)) throw cause;
    const reason = cause.status === null ? this.t.away : cause.message;
    place.replaceChildren(
      h('p', { role: 'alert', 'data-testid': 'analysis-away' }, `${this.t.analysisAway} ${reason}`),
      h('button', { type: 'button', click: retry }, this.desk.t.retry),
    );
  }

  private async inputs(process: ProcessDescription): Promise<InputsForm> {
    const { language } = this.desk;
    const themes = await api.indicators(language);
    const names = namesOf(this.catalogue, language);
    const example = process['altai:example']?.inputs ?? {};
    return new InputsForm(
      inputFields(process.inputs),
      { layers: this.catalogue.all, themes, names },
      language,
      example,
    );
  }

  private async run(): Promise<void> {
    const { process, form, t } = this;
    if (!process || !form) return;
    this.forget();
    try {
      const job = await this.desk.during(begin(process.id, form.read(), this.key, this.desk.language));
      this.events.changed(job.jobID);
      this.outcome.scrollIntoView({ block: 'nearest' });
      await this.follow(job, true);
    } catch (cause) {
      if (cause instanceof SyntaxError)
        this.outcome.replaceChildren(runFailed(t, t.inputsJsonWrong(cause.message)));
      else this.tellRefused(cause, form);
      this.outcome.scrollIntoView({ block: 'nearest' });
    }
  }

  private tellRefused(cause: unknown, form: InputsForm): void {
    const told = tellRefusal(this.t, cause);
    const { pointer, message } = cause as api.ApiError;
    const field = pointer && form.blameInput(pointer, message.replace(/^\S+: /, ''));
    if (field) told.append(` ${this.t.about(field)}`);
    this.outcome.replaceChildren(told);
  }

  private async follow(job: Job, isShown: boolean): Promise<void> {
    this.watching?.abort();
    this.watching = new AbortController();
    const { signal } = this.watching;
    this.tell(job);
    const ask = () => api.job(job.jobID, this.desk.language, signal);
    const ended = hasEnded(job) ? job : await watch(ask, (now) => this.tell(now), signal);
    if (!ended || signal.aborted) return;
    if (ended.status === 'successful') await this.showResult(ended, isShown);
  }

  private tell(job: Job): void {
    const stop = () => void cancel(job.jobID, this.key).then((now) => this.tell(now));
    this.outcome.replaceChildren(...jobProgress(job, this.t, stop));
  }

  private async showResult(job: Job, isShown: boolean): Promise<void> {
    const { language } = this.desk;
    const ended = await this.desk.during(endedRun(job, language));
    const layer = layerOf(ended.results.result);
    if (isShown) await this.events.show(layer);
    const places = this.placesOf(job, layer);
    const links = {
      point: (id: string | null) => this.events.point(places, id),
      pick: (id: string) => this.events.pick(places, id),
    };
    const { element, chart } = await tellOutcome(
      ended,
      {
        find: (id) => this.catalogue.find(id),
        unitName: (id) => (job['altai:inputs']?.units === UNITS_LAYER ? this.events.unitName(id) : null),
      },
      language,
      links,
    );
    this.drawn = chart && { layer: places, chart };
    this.outcome.replaceChildren(element, this.ways(ended, layer));
    // The form above may be longer than the panel.
    this.outcome.scrollIntoView({ block: 'start' });
  }

  /** The layer whose features a chart is of: of a raster those are its stations. */
  private placesOf(job: Job, layer: string): string {
    if (this.catalogue.find(layer)?.['altai:kind'] !== 'raster') return layer;
    const values = job['altai:inputs']?.values as { layer?: string } | undefined;
    return values?.layer ?? STATIONS_LAYER;
  }

  /** What can be done with a result. */
  private ways({ job, results }: Ended, layer: string): HTMLElement {
    const { t } = this;
    const { error, contours } = results;
    const link = (href: string, text: string) => h('a', { href, target: '_blank', rel: 'noopener' }, text);
    const button = (text: string, act: () => Promise<void>) =>
      h('button', { type: 'button', click: () => void act() }, text);
    const pair = error && Beside.fits ? { first: layer, second: layerOf(error) } : null;
    return h(
      'p',
      { class: 'links' },
      button(t.showResult, () => this.events.show(layer)),
      pair && button(t.showBeside, () => this.events.beside(pair)),
      error && !pair ? button(error.title, () => this.events.add(layerOf(error))) : null,
      contours ? button(contours.title, () => this.events.add(layerOf(contours))) : null,
      link(api.collectionAddress(layer), t.resultPage),
      link(api.address(`jobs/${job.jobID}?f=html&lang=${this.desk.language}`), t.jobPage),
    );
  }

  /** Nothing is looked at any more. */
  private forget(): void {
    this.watching?.abort();
    this.drawn = null;
    this.outcome.replaceChildren();
    this.events.changed(null);
  }
}

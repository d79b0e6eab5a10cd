/** The panel of analyses: choose one, set it, run it, see how far it is, read what it says. */

import * as api from '../api';
import type { Catalogue } from '../catalogue';
import type { Job, ProcessDescription, ProcessHead } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import { inputFields } from './fields';
import { InputsForm } from './form';
import { begin, cancel, hasEnded, watch } from './jobs';
import { keyField } from './key';
import { jobProgress, runFailed } from './progress';
import { layerOf, resultView } from './result';

export interface AnalysisEvents {
  /** Another run is looked at, or none. */
  changed: (job: string | null) => void;
  /** A layer that the catalogue may not know yet is wanted on the map. */
  show: (layer: string) => Promise<void>;
}

export class AnalysisPanel {
  readonly element = h('div', { class: 'analysis', 'data-testid': 'analysis' });
  private heads: readonly ProcessHead[] = [];
  private process: ProcessDescription | null = null;
  private form: InputsForm | null = null;
  private key = '';
  private watching: AbortController | null = null;
  private readonly outcome = h('section', { class: 'outcome', 'aria-live': 'polite' });

  constructor(
    private readonly desk: Desk,
    private readonly catalogue: Catalogue,
    private readonly events: AnalysisEvents,
  ) {}

  /** The list of analyses, or the one that was chosen, in the language of the moment. */
  async render(): Promise<void> {
    const { language, t } = this.desk;
    try {
      this.heads = await this.desk.during(api.processes(language));
      if (this.process) this.process = await api.process(this.process.id, language);
      await this.draw();
    } catch (cause) {
      if (!(cause instanceof api.ApiError)) throw cause;
      const again = h('button', { type: 'button', click: () => void this.render() }, t.retry);
      this.element.replaceChildren(h('p', { role: 'alert' }, `${t.analysisAway} ${cause.message}`), again);
    }
  }

  /** Look at a run, however far it is; false where there is none. */
  async open(id: string): Promise<boolean> {
    try {
      const job = await api.job(id, this.desk.language);
      this.process = await api.process(job.processID, this.desk.language);
      await this.render();
      this.form?.fill(job['altai:inputs'] ?? {});
      await this.follow(job);
      return true;
    } catch (cause) {
      if (cause instanceof api.ApiError && cause.status === 404) return false;
      throw cause;
    }
  }

  private async draw(): Promise<void> {
    const { t } = this.desk;
    const former = this.form?.read.bind(this.form);
    this.form = this.process ? await this.inputs(this.process) : null;
    if (this.form && former) this.refill(former);
    this.element.replaceChildren(
      h('p', { class: 'quiet' }, t.analysisIntro),
      this.chooser(),
      ...(this.process && this.form
        ? [
            h('p', { class: 'quiet' }, this.process.description),
            this.form.element,
            keyField(t, this.key, (key) => {
              this.key = key;
            }),
            this.runButton(),
          ]
        : []),
      this.outcome,
    );
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
    const { t } = this.desk;
    const choose = async (event: Event) => {
      const id = (event.currentTarget as HTMLSelectElement).value;
      this.forget();
      this.form = null;
      this.process = id ? await this.desk.during(api.process(id, this.desk.language)) : null;
      await this.draw();
      this.element.querySelector('select')?.focus();
    };
    const select = h(
      'select',
      { 'aria-label': t.analyse, 'data-testid': 'process', change: (event: Event) => void choose(event) },
      h('option', { value: '' }, t.choose),
      ...this.heads.map(({ id, title }) => h('option', { value: id }, title)),
    );
    select.value = this.process?.id ?? '';
    return select;
  }

  private async inputs(process: ProcessDescription): Promise<InputsForm> {
    const themes = await api.indicators(this.desk.language);
    const offered = { layers: this.catalogue.all, themes };
    const example = process['altai:example']?.inputs ?? {};
    return new InputsForm(inputFields(process.inputs), offered, this.desk.t, example);
  }

  private runButton(): HTMLElement {
    return h(
      'button',
      { type: 'button', class: 'primary wide', 'data-testid': 'run', click: () => void this.run() },
      this.desk.t.run,
    );
  }

  private async run(): Promise<void> {
    const { process, form } = this;
    const { t, language } = this.desk;
    if (!process || !form) return;
    this.forget();
    try {
      const job = await this.desk.during(begin(process.id, form.read(), this.key, language));
      this.events.changed(job.jobID);
      await this.follow(job);
    } catch (cause) {
      if (cause instanceof SyntaxError)
        this.outcome.replaceChildren(runFailed(t, t.inputsJsonWrong(cause.message)));
      else if (cause instanceof api.ApiError)
        this.outcome.replaceChildren(runFailed(t, cause.status === null ? t.reasonAway : cause.message));
      else throw cause;
    }
  }

  private async follow(job: Job): Promise<void> {
    this.watching?.abort();
    this.watching = new AbortController();
    const { signal } = this.watching;
    this.tell(job);
    const ask = () => api.job(job.jobID, this.desk.language, signal);
    const ended = hasEnded(job) ? job : await watch(ask, (now) => this.tell(now), signal);
    if (!ended || signal.aborted) return;
    if (ended.status === 'successful') await this.showResult(ended);
  }

  private tell(job: Job): void {
    const { t } = this.desk;
    const stop = () => void cancel(job.jobID, this.key).then((now) => this.tell(now));
    this.outcome.replaceChildren(...jobProgress(job, t, stop));
  }

  private async showResult(job: Job): Promise<void> {
    const { language, t } = this.desk;
    const results = await this.desk.during(api.jobResults(job.jobID, language));
    const layer = layerOf(results.result);
    const link = (href: string, text: string) => h('a', { href, target: '_blank', rel: 'noopener' }, text);
    await this.events.show(layer);
    this.outcome.replaceChildren(
      resultView(job, results, language),
      h(
        'p',
        { class: 'links' },
        h('button', { type: 'button', click: () => void this.events.show(layer) }, t.showResult),
        link(api.collectionAddress(layer), t.resultPage),
        link(api.address(`jobs/${job.jobID}?f=html&lang=${language}`), t.jobPage),
      ),
    );
  }

  /** Nothing is looked at any more. */
  private forget(): void {
    this.watching?.abort();
    this.outcome.replaceChildren();
    this.events.changed(null);
  }
}

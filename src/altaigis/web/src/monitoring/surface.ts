/** The surface between the stations: run by the server, shown beside its standard error, and told with its check. */

import './sheets.css';
import { begin, cancel, watch as watchJob } from '../analysis/jobs';
import { keyField } from '../analysis/key';
import { check } from '../analysis/mistakes';
import { endedRun, tellOutcome } from '../analysis/outcome';
import { jobProgress, tellRefusal } from '../analysis/progress';
import { layerOf } from '../analysis/result';
import { WORDS as RUN } from '../analysis/words';
import * as api from '../api';
import type { Job } from '../contract';
import { h } from '../dom';
import { Beside } from '../twin/beside';
import type { Watch } from './choice';
import type { Measured } from './contract';
import type { Bench, Sheet } from './monitoring';
import { momentOf, surfaceTime } from './times';
import { WORDS } from './words';

const PROCESS = 'interpolation';
const LEAST_STATIONS = 5;
const MONTH = '2026-11';
const SHOWN = ['both', 'surface', 'error'] as const;

/** `at`: the time that the map shows, if it goes through one. */
export function surfaceSheet(bench: Bench, watch: Watch, at: string | undefined): Sheet {
  const t = WORDS[bench.desk.language];
  const of = bench.measured.find(({ parameter }) => parameter === watch.parameter);
  const view = of && new SurfaceView(bench, of, watch, at);
  return {
    title: t.surface,
    element: view?.element ?? h('p', {}, t.noSeries),
    close: () => view?.close(),
  };
}

class SurfaceView {
  readonly element: HTMLElement;
  private key = '';
  private readonly time: HTMLInputElement;
  private readonly outcome = h('section', { class: 'outcome', 'aria-live': 'polite' });
  private readonly life = new AbortController();

  constructor(
    private readonly bench: Bench,
    private readonly of: Measured,
    { step }: Watch,
    at: string | undefined,
  ) {
    const t = WORDS[bench.desk.language];
    const now = at && step ? { time: at, step } : undefined;
    const time = surfaceTime(of.last, of.step, now);
    this.time = h('input', {
      type: time.length > MONTH.length ? 'date' : 'month',
      value: time,
      required: true,
      'data-testid': 'surface-time',
    });
    const enough = of.stations >= LEAST_STATIONS;
    this.element = h(
      'article',
      { class: 'surface-sheet analysis', 'data-testid': 'surface-sheet' },
      h('h3', {}, of.title),
      h('p', { class: 'quiet' }, t.surfaceAbout),
      of.synthetic_stations > 0 ? h('p', { class: 'made-up' }, t.surfaceSynthetic) : null,
      ...(enough ? this.form() : [h('p', {}, t.surfaceFew)]),
      this.outcome,
    );
  }

  close(): void {
    this.life.abort();
  }

  private form(): HTMLElement[] {
    const { language } = this.bench.desk;
    const t = WORDS[language];
    const submit = (event: Event) => {
      event.preventDefault();
      if (check(form, language)) void this.run();
    };
    const form = h(
      'form',
      { novalidate: true, class: 'setting-out', submit },
      h('label', { class: 'input' }, h('span', { class: 'input-title' }, t.surfaceWhen), this.time),
      keyField(RUN[language], this.key, (key) => {
        this.key = key;
      }),
      h('button', { type: 'submit', class: 'primary wide', 'data-testid': 'run-surface' }, t.surfaceRun),
    );
    return [form];
  }

  private async run(): Promise<void> {
    const { language } = this.bench.desk;
    const { signal } = this.life;
    const values = { parameter: this.of.parameter, datetime: this.time.value.trim() };
    try {
      const job = await this.bench.desk.during(begin(PROCESS, { values }, this.key, language));
      const ask = () => api.job(job.jobID, language, signal);
      this.tell(job);
      const ended = await watchJob(ask, (now) => this.tell(now), signal);
      if (ended?.status === 'successful') await this.show(ended);
    } catch (cause) {
      if (signal.aborted) return;
      this.outcome.replaceChildren(tellRefusal(RUN[language], cause));
    }
  }

  private tell(job: Job): void {
    const stop = () => void cancel(job.jobID, this.key).then((now) => this.tell(now));
    this.outcome.replaceChildren(...jobProgress(job, RUN[this.bench.desk.language], stop));
  }

  /** The estimate beside its error, or one of them where there is no room; the figures of the check in words below. */
  private async show(job: Job): Promise<void> {
    const { language } = this.bench.desk;
    const t = WORDS[language];
    const ended = await this.bench.desk.during(endedRun(job, language));
    const { results } = ended;
    const surface = layerOf(results.result);
    const error = results.error ? layerOf(results.error) : null;
    const kinds = SHOWN.filter((kind) => kind === 'surface' || (error && (kind === 'error' || Beside.fits)));
    const buttons = kinds.map((kind) =>
      h(
        'button',
        {
          type: 'button',
          'data-testid': `show-${kind}`,
          'data-kind': kind,
          click: () => void choose(kind),
        },
        t.surfaceKinds[kind],
      ),
    );
    const choose = async (kind: (typeof SHOWN)[number]): Promise<void> => {
      for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.kind === kind));
      if (error && kind === 'both') {
        await this.bench.hideLayer(error);
        await this.bench.beside({ first: surface, second: error });
        return;
      }
      await this.bench.beside(null);
      const [wanted, other] = kind === 'error' ? [error, surface] : [surface, error];
      if (other) await this.bench.hideLayer(other);
      if (wanted) await this.bench.showLayer(wanted);
    };
    await choose(kinds[0] ?? 'surface');
    const shown = momentOf(this.time.value.trim());
    if (shown) await this.bench.watch({ parameter: this.of.parameter, ...shown });
    // The check of the surface is told of its stations: neither needs what the list of layers knows.
    const known = { find: () => undefined, unitName: () => null };
    const links = {
      point: () => undefined,
      pick: (station: string) =>
        this.bench.openStation({ station, chosen: { parameter: this.of.parameter } }),
    };
    const { element } = await tellOutcome(ended, known, language, links);
    this.outcome.replaceChildren(
      h('div', { class: 'ways', role: 'group', 'aria-label': t.surfaceShown }, ...buttons),
      element,
      h(
        'p',
        { class: 'links' },
        h(
          'a',
          {
            href: api.address(`jobs/${job.jobID}?f=html&lang=${language}`),
            target: '_blank',
            rel: 'noopener',
          },
          RUN[language].jobPage,
        ),
      ),
    );
  }
}

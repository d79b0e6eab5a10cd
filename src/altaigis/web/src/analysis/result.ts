/** What an analysis says: a paragraph in plain words, its cautions, its figures, and how it was made. */

import './analysis.css';
import { address } from '../api';
import type { Job, JobResults, Language, ProcessDescription, Summary, Text, Value } from '../contract';
import { h } from '../dom';
import { number } from '../format';
import { unitName } from '../i18n';
import { WORDS } from './words';

/** Decimals that leave four figures of a number. */
const FIGURES = 4;

/** A run that has ended well, with what is told of it. */
export interface Outcome {
  job: Job;
  results: JobResults;
  process: ProcessDescription;
  language: Language;
  /** Drawn beside the map; none where there is nothing to draw. */
  chart?: HTMLElement | undefined;
  /** Names of features, by id, as far as they are known. */
  names: ReadonlyMap<string, string>;
}

/** The layer that a result is. */
export const layerOf = ({ href }: { href: string }): string =>
  decodeURIComponent(href.split('?')[0]?.split('/').at(-1) ?? '');

export function resultView(outcome: Outcome): HTMLElement {
  const { results, language, chart } = outcome;
  const t = WORDS[language];
  const summary = results.summary.value;
  const remarks = [...summary.flags, ...summary.left_out].map((each) => remark(each, outcome));
  return h(
    'article',
    { class: 'result', 'data-testid': 'result' },
    h('h3', {}, results.result.title),
    h('p', { class: 'result-text', 'data-testid': 'result-text' }, summary.text[language]),
    remarks.length > 0 ? h('ul', { class: 'result-flags' }, ...remarks) : null,
    chart,
    components(summary, language),
    figures(summary, language),
    h('details', { class: 'settings' }, h('summary', {}, t.howMade), made(outcome, summary)),
  );
}

/** A caution, and the features that it is about. */
function remark(
  { text, units }: { text: Text; units: (string | number)[] },
  { names, language }: Outcome,
): HTMLElement {
  const listed = units.map((unit) => names.get(String(unit)) ?? String(unit)).join(', ');
  const which = WORDS[language].which(units.length);
  return h(
    'li',
    {},
    text[language],
    units.length > 0 ? h('details', {}, h('summary', {}, which), listed) : null,
  );
}

function figureText(value: Value | Text, unit: string | undefined, language: Language): string {
  if (typeof value === 'object' && value !== null) return value[language];
  if (typeof value !== 'number') return String(value ?? '—');
  const whole = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  const text = number(value, language, Math.max(FIGURES - whole, 0));
  return unit ? `${text}\u00a0${unitName(unit, language)}` : text;
}

function figures({ figures: told }: Summary, language: Language): HTMLElement | null {
  const rows = Object.values(told).map(({ title, value, unit }) =>
    h('tr', {}, h('th', { scope: 'row' }, title[language]), h('td', {}, figureText(value, unit, language))),
  );
  return rows.length > 0 ? h('table', { class: 'figures' }, ...rows) : null;
}

/** The parts of an index: which way each counts, and how much. */
function components({ tables }: Summary, language: Language): HTMLElement | null {
  const t = WORDS[language];
  const parts = tables.indicators as { title: Text; weight: number; less_is_better: boolean }[] | undefined;
  if (!parts) return null;
  const heads = [t.indicator, t.direction, t.weight].map((title) => h('th', { scope: 'col' }, title));
  const rows = parts.map(({ title, weight, less_is_better: less }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, title[language]),
      h('td', {}, t.directions[less ? 'true' : 'false']),
      h('td', {}, number(weight, language, 3)),
    ),
  );
  return h('table', { class: 'figures', 'data-testid': 'components' }, h('tr', {}, ...heads), ...rows);
}

/** Formula and literature, inputs with their revisions, the seed, the version; and the ways to repeat it. */
function made({ job, process, language }: Outcome, { 'altai:made': how }: Summary): HTMLElement {
  const t = WORDS[language];
  const parameters = told(how.parameters) as Record<string, unknown>;
  const revisions = Object.entries(how.inputs).map(
    ([layer, revision]) => `${layer} (${t.revision(revision)})`,
  );
  const seeded = { ...parameters, ...(how.seed ? { seed: how.seed } : {}) };
  const command = `echo '${JSON.stringify(parameters)}' | altaigis process run ${job.processID} --json - --seed ${how.seed ?? 0}`;
  const python = `from altaigis.client import Client\n\nClient("${address('')}", key=KEY).run("${job.processID}", ${inPython(seeded)})`;
  const notebook = address(`jobs/${job.jobID}/notebook.ipynb?lang=${language}`);
  const method = process['altai:method'];
  return h(
    'div',
    { class: 'made' },
    ...(method
      ? [
          h('h4', {}, t.formula),
          h('p', { class: 'formula', 'data-testid': 'formula' }, method.formula),
          h('h4', {}, t.literature),
          h('ul', {}, ...method.citations.map((each) => h('li', {}, each))),
        ]
      : []),
    h(
      'p',
      {},
      `${t.madeFrom}: ${revisions.join(', ')}. ${t.madeBy}: ${how.code}; ${t.madeSeed}: ${how.seed ?? '—'}.`,
    ),
    h('p', {}, h('a', { href: notebook, download: '', 'data-testid': 'notebook' }, t.notebook)),
    h('h4', {}, t.repeatInShell),
    h('pre', {}, command),
    h('h4', {}, t.repeatInPython),
    h('pre', {}, python),
  );
}

/** Without inputs that are left as they are. */
function told(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(told);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(kept.map(([name, each]) => [name, told(each)]));
}

/** A JSON value as Python writes it. */
function inPython(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(inPython).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, each]) => `${JSON.stringify(name)}: ${inPython(each)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}

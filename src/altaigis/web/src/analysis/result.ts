/** What an analysis says: a paragraph in plain words, its cautions, its figures, and how it was made. */

import { address } from '../api';
import type { Job, JobResults, Language, Summary } from '../contract';
import { h } from '../dom';
import { number } from '../format';
import { MESSAGES } from '../i18n';

/** The layer that a result is. */
export const layerOf = ({ href }: { href: string }): string =>
  decodeURIComponent(href.split('?')[0]?.split('/').at(-1) ?? '');

export function resultView(job: Job, results: JobResults, language: Language): HTMLElement {
  const t = MESSAGES[language];
  const summary = results.summary.value;
  const flags = summary.flags.map((flag) => h('li', {}, flag.text[language]));
  return h(
    'article',
    { class: 'result', 'data-testid': 'result' },
    h('h3', {}, results.result.title),
    h('p', { class: 'result-text', 'data-testid': 'result-text' }, summary.text[language]),
    flags.length > 0 ? h('ul', { class: 'result-flags' }, ...flags) : null,
    figures(summary, language),
    h('details', { class: 'settings' }, h('summary', {}, t.howMade), made(job, summary, language)),
  );
}

function figures({ figures: told }: Summary, language: Language): HTMLElement | null {
  const rows = Object.values(told).map(({ title, value }) => {
    const text = typeof value === 'number' ? number(value, language, 4) : String(value ?? '—');
    return h('tr', {}, h('th', { scope: 'row' }, title[language]), h('td', {}, text));
  });
  return rows.length > 0 ? h('table', { class: 'figures' }, ...rows) : null;
}

/** Inputs with their revisions, the seed, the version; and the commands that repeat it. */
function made(job: Job, { 'altai:made': how }: Summary, language: Language): HTMLElement {
  const t = MESSAGES[language];
  const parameters = told(how.parameters) as Record<string, unknown>;
  const revisions = Object.entries(how.inputs).map(
    ([layer, revision]) => `${layer} (${t.revision(revision)})`,
  );
  const seeded = { ...parameters, ...(how.seed ? { seed: how.seed } : {}) };
  const command = `echo '${JSON.stringify(parameters)}' | altaigis process run ${job.processID} --json - --seed ${how.seed ?? 0}`;
  const python = `from altaigis.client import Client\n\nClient("${address('')}", key=KEY).run("${job.processID}", ${inPython(seeded)})`;
  return h(
    'div',
    { class: 'made' },
    h(
      'p',
      {},
      `${t.madeFrom}: ${revisions.join(', ')}. ${t.madeBy}: ${how.code}; ${t.madeSeed}: ${how.seed ?? '—'}.`,
    ),
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

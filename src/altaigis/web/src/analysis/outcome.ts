/** All that is told of a run that has ended well, fetched and drawn. */

import * as api from '../api';
import type { Job, JobResults, Language, ProcessDescription } from '../contract';
import { type ChartLinks, type ResultChart, resultChart } from './chart';
import { layerOf, resultView } from './result';
import { type Known, materialOf } from './rows';

export interface Ended {
  job: Job;
  results: JobResults;
  process: ProcessDescription;
}

/** What the page shows of a result: the view, and its chart, where there is one. */
export async function tellOutcome(
  { job, results, process }: Ended,
  known: Known,
  language: Language,
  links: ChartLinks,
): Promise<{ element: HTMLElement; chart: ResultChart | null }> {
  const layer = layerOf(results.result);
  const material = await materialOf(results.summary.value, layer, known, language);
  const chart = material && material.rows.length > 0 ? resultChart(material, links) : null;
  const names = new Map(material?.rows.map(({ id, name }) => [id, name]));
  const element = resultView({ job, results, process, language, chart: chart?.element, names });
  return { element, chart };
}

/** The run, what it says, and what was run. */
export async function endedRun(job: Job, language: Language): Promise<Ended> {
  const [results, process] = await Promise.all([
    api.jobResults(job.jobID, language),
    api.process(job.processID, language),
  ]);
  return { job, results, process };
}

/** How far a run is, with a way to call it off. */

import type { Job } from '../contract';
import { h } from '../dom';
import type { Messages } from '../i18n';
import { hasEnded } from './jobs';

export function jobProgress(job: Job, t: Messages, stop: () => void): HTMLElement[] {
  const told = h('p', { 'data-testid': 'job-status', 'data-status': job.status }, job.message);
  if (hasEnded(job)) return [told];
  return [
    told,
    h('progress', { max: 100, value: job.progress ?? 0, 'aria-label': job.message }),
    h('button', { type: 'button', click: stop }, t.cancelRun),
  ];
}

/** That nothing came of a run, and why. */
export const runFailed = (t: Messages, why: string): HTMLElement =>
  h('p', { role: 'alert', 'data-testid': 'run-failed' }, h('strong', {}, t.runFailed), ` ${why}`);

/** How far a run is, with a way to call it off; and why nothing came of one. */

import { ApiError } from '../api';
import type { Job } from '../contract';
import { h } from '../dom';
import { hasEnded } from './jobs';
import type { Words } from './words';

export function jobProgress(job: Job, t: Words, stop: () => void): HTMLElement[] {
  const { status, message } = job;
  if (status === 'failed') return [runFailed(t, t.says(message))];
  const told = h('p', { 'data-testid': 'job-status', 'data-status': status }, message);
  if (hasEnded(job)) return [told];
  return [
    told,
    h('progress', { max: 100, value: job.progress ?? 0, 'aria-label': message }),
    h('button', { type: 'button', click: stop }, t.cancelRun),
  ];
}

/** That nothing came of a run, and why. */
export const runFailed = (t: Words, why: string): HTMLElement =>
  h('p', { role: 'alert', 'data-testid': 'run-failed' }, h('strong', {}, t.runFailed), ` ${why}`);

const OF_STATUS: Record<number, keyof Words & ('keyUnknown' | 'keyCannot' | 'busy')> = {
  401: 'keyUnknown',
  403: 'keyCannot',
  429: 'busy',
  503: 'busy',
};

/** Why the server has refused a run, in words that say what to do. */
export function refused(t: Words, { status, message }: ApiError): string {
  if (status === null) return t.away;
  const known = OF_STATUS[status];
  return known ? t[known] : t.says(message);
}

/** Tell a refusal; anything else is no refusal. */
export function tellRefusal(t: Words, cause: unknown): HTMLElement {
  if (!(cause instanceof ApiError)) throw cause;
  return runFailed(t, refused(t, cause));
}

/** Runs of processes on the server: begun, watched, called off. */

import { ApiError, address, send } from '../api';
import type { Job } from '../contract';

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 4000;
const RUNNING = new Set<Job['status']>(['accepted', 'running']);

export const hasEnded = (job: Job): boolean => !RUNNING.has(job.status);

/** Begin a run as a job. */
export const begin = (process: string, inputs: object, key: string, lang: string): Promise<Job> =>
  send<Job>('POST', address(`processes/${encodeURIComponent(process)}/execution?lang=${lang}`), key, {
    inputs,
  });

export const cancel = (id: string, key: string): Promise<Job> =>
  send<Job>('DELETE', address(`jobs/${encodeURIComponent(id)}`), key);

/** Ask after a job until it has ended, less often as it lasts; a server that is away for a while is waited for. */
export async function watch(
  ask: () => Promise<Job>,
  told: (job: Job) => void,
  signal: AbortSignal,
): Promise<Job | null> {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const job = await ask();
      told(job);
      if (hasEnded(job)) return job;
    } catch (cause) {
      if (!(cause instanceof ApiError) || cause.status !== null) throw cause;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 1.4, LONGEST_PAUSE_MS);
  }
  return null;
}

/** The map without its server: a worker keeps what has been seen, and this tells when that is what is shown. */

import { address } from '../api';
import type { Desk } from '../desk';
import { date } from '../format';
import type { Standing, Wish } from './messages';
import { WORDS } from './words';

const NOTICE = 'offline';

/** Have the worker; browsers offer none where the address is neither secure nor this very machine. */
export async function keepWhatIsSeen(desk: Desk): Promise<void> {
  const { serviceWorker } = navigator;
  if (!import.meta.env.PROD || !serviceWorker) return;
  serviceWorker.addEventListener('message', ({ data }: MessageEvent<Standing>) => tell(desk, data.since));
  const isFirst = serviceWorker.controller === null;
  await serviceWorker.register(address('sw.js'), { scope: './' });
  const { active } = await serviceWorker.ready;
  const wish = (said: Wish) => active?.postMessage(said);
  if (isFirst) keepUnheard((addresses) => wish({ kind: 'keep', addresses }));
  wish({ kind: 'tell' });
}

/** What the page asks for unheard by the worker, also what is on its way when it takes over, and the page itself. */
function keepUnheard(keep: (addresses: string[]) => void): void {
  const { serviceWorker } = navigator;
  // A page that was reloaded past the caches is never taken over.
  let heard = Number.POSITIVE_INFINITY;
  const takenOver = () => {
    heard = performance.now();
  };
  if (serviceWorker.controller) takenOver();
  else serviceWorker.addEventListener('controllerchange', takenOver, { once: true });
  keep([address('')]);
  new PerformanceObserver((list) => {
    const unheard = list.getEntries().filter(({ startTime }) => startTime <= heard);
    if (unheard.length > 0) keep(unheard.map(({ name }) => name));
  }).observe({ type: 'resource', buffered: true });
}

function tell(desk: Desk, since: string | null): void {
  desk.notices.dismiss(NOTICE);
  if (since === null) return;
  const t = WORDS[desk.language];
  desk.notices.show(NOTICE, { what: t.offline(date(since, desk.language)), help: t.offlineHelp }, desk.t);
}

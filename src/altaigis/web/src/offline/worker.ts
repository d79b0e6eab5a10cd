/** The service worker: the network comes first, and what has been seen is for when it does not answer.
 *
 * Nothing old is shown while the server answers: the page and its data are asked for each time (the browser's own cache
 * saves what has not changed, by its entity tag). Only files that are named by their content come from here at once.
 */

import type { Standing, Wish } from './messages';

declare const self: ServiceWorkerGlobalScope;
/** Files of the map and a name for all of them together, put here by the build. */
declare const __SHELL__: { version: string; files: string[] };

const { version, files } = __SHELL__;
const { scope } = self.registration;
// Caches are those of the whole host, where another map may live below another prefix.
const SHELL = `${scope}#shell-${version}`;
const SEEN = `${scope}#seen`;
/** Answers that are kept; the oldest go first. */
const MOST = 3000;
const TRIM_EVERY = 100;
const HEAVIEST = 30_000_000;
const KEPT_TYPES = /json|^image\/|vector-tile|protobuf/;
/** What has no end, or no meaning later. */
const PASSING = /^(events|healthz|readyz|metrics|sw\.js|snapshot\.html)\b/;
const AT_ONCE = 4;

let since: string | null = null;
let puts = 0;

self.addEventListener('install', (event) => {
  const shell = files.map((file) => scope + file);
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll(shell))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(removeFormer().then(() => self.clients.claim()));
});

self.addEventListener('message', (event) => {
  const wish = event.data as Wish;
  if (wish.kind === 'keep') event.waitUntil(keepAll(wish.addresses));
  else event.source?.postMessage(standing());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(scope)) return;
  // Parts of files, and what is for the holder of a key alone.
  if (request.headers.has('range') || request.headers.has('authorization')) return;
  const path = request.url.slice(scope.length);
  if (path.startsWith('assets/')) event.respondWith(named(request));
  else if (request.mode === 'navigate') {
    if (isPage(path)) event.respondWith(fresh(request, scope));
  } else if (!PASSING.test(path)) event.respondWith(fresh(request, request.url));
});

/** The page is one, whatever stands behind the question mark; but that for frames is of no use without a server. */
const isPage = (path: string): boolean =>
  path === '' || (/^[?#]/.test(path) && !/^\?(.*&)?embed\b/.test(path));

async function removeFormer(): Promise<void> {
  const names = await caches.keys();
  const former = names.filter((name) => name.startsWith(`${scope}#shell-`) && name !== SHELL);
  await Promise.all(former.map((name) => caches.delete(name)));
}

/** A file that never changes under its name. */
async function named(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/** What the server answers now; what it has answered before only if it cannot be reached. */
async function fresh(request: Request, key: string): Promise<Response> {
  try {
    const answer = await fetch(request);
    await keep(key, answer);
    if (since !== null) await tellAll(null);
    return answer;
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    const kept = await caches.match(key, { cacheName: SEEN, ignoreVary: true });
    if (!kept) throw cause;
    const then = whenOf(kept);
    if (since === null || then < since) await tellAll(then);
    return kept;
  }
}

/** When the server said so, as far as it has said when. */
function whenOf(kept: Response): string {
  const then = Date.parse(kept.headers.get('date') ?? '');
  return new Date(Number.isNaN(then) ? Date.now() : then).toISOString();
}

async function keep(key: string, answer: Response): Promise<void> {
  const type = answer.headers.get('content-type') ?? '';
  const isData = answer.status === 200 && (KEPT_TYPES.test(type) || key === scope);
  const isTooHeavy = Number(answer.headers.get('content-length') ?? 0) > HEAVIEST;
  // Tiles with nothing on them have no body.
  if (answer.type !== 'basic' || isTooHeavy || !(isData || answer.status === 204)) return;
  const copy = answer.clone();
  const cache = await caches.open(SEEN);
  try {
    await cache.put(key, copy);
    if (puts++ % TRIM_EVERY === 0) await trim(cache);
  } catch {
    // A full disk, or a reader who has gone on: what is shown is not less for that.
  }
}

async function trim(cache: Cache): Promise<void> {
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - MOST))) await cache.delete(key);
}

/** What the page had before this worker was there. */
async function keepAll(addresses: readonly string[]): Promise<void> {
  const wanted = addresses.filter((each) => {
    const path = each.slice(scope.length);
    return each.startsWith(scope) && !path.startsWith('assets/') && !PASSING.test(path);
  });
  const next = async (): Promise<void> => {
    for (let each = wanted.shift(); each !== undefined; each = wanted.shift()) {
      const headers = each === scope ? { Accept: 'text/html' } : undefined;
      await fetch(each, headers && { headers }).then(
        (answer) => keep(each, answer),
        () => undefined,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

const standing = (): Standing => ({ kind: 'standing', since });

async function tellAll(now: string | null): Promise<void> {
  since = now;
  for (const client of await self.clients.matchAll()) client.postMessage(standing());
}

/** What the page and its worker say to each other. */

/** From the page: keep what it had before there was a worker; tell how it stands with the server. */
export type Wish = { kind: 'keep'; addresses: string[] } | { kind: 'tell' };

/** From the worker: since when what it answers has been kept, the oldest of it; null while the server answers. */
export interface Standing {
  kind: 'standing';
  since: string | null;
}

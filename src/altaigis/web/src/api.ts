/** The server's doors that the map uses. Addresses are relative to the page: it may live below a prefix. */

import type {
  Collection,
  Feature,
  Indicator,
  IndicatorClasses,
  IndicatorTheme,
  IndicatorValues,
  Job,
  JobResults,
  Language,
  Page,
  Passport,
  ProcessDescription,
  ProcessHead,
  RasterValue,
  Schema,
  SearchPage,
  Style,
} from './contract';

const TIMEOUT_MS = 30_000;
const PAGE_SIZE = 10_000;

/** The server could not be reached (`status` is null) or refused. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number | null,
    /** The place in what was sent that is wrong, as a JSON pointer. */
    readonly pointer = '',
  ) {
    super(message);
  }
}

/** An absolute address; braces of tile templates stay as they are. */
export const address = (path: string): string => new URL('.', document.baseURI).href + path;

const query = (values: Record<string, string | number>): string =>
  new URLSearchParams(Object.entries(values).map(([key, value]) => [key, String(value)])).toString();

/** Parameters without a value are not asked for. */
export type Asked = Record<string, string | number | undefined>;

const asked = (values: Asked): string =>
  query(Object.fromEntries(Object.entries(values).filter((pair) => pair[1] !== undefined)) as never);

export async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(url, {}, signal);
}

/** Change something, with a key. */
export function send<T>(method: 'POST' | 'DELETE', url: string, key: string, body?: object): Promise<T> {
  const headers = {
    Authorization: `Bearer ${key}`,
    Prefer: 'respond-async',
    ...(body && { 'Content-Type': 'application/json' }),
  };
  return ask<T>(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

async function ask<T>(url: string, init: RequestInit, signal?: AbortSignal): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(url, {
      ...init,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(String(cause), null);
  }
  if (!response.ok) throw await refusal(response);
  try {
    return (await response.json()) as T;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(String(cause), response.status);
  }
}

/** What the server says is wrong. */
async function refusal(response: Response): Promise<ApiError> {
  const { status } = response;
  try {
    const { description, pointer } = (await response.json()) as { description?: string; pointer?: string };
    if (description) return new ApiError(description, status, pointer);
  } catch {
    // Not every refusal is the server's own: a proxy's has no words for us.
  }
  return new ApiError(`${status} ${response.statusText}`, status);
}

const collection = (id: string): string => `collections/${encodeURIComponent(id)}`;

export const itemsAddress = (id: string): string =>
  address(`${collection(id)}/items?${query({ f: 'json', limit: PAGE_SIZE })}`);

/** The whole layer as a file. */
export const fileAddress = (id: string, format: string): string =>
  address(`${collection(id)}/items?${query({ f: format })}`);

export const itemAddress = (id: string, fid: string): string =>
  address(`${collection(id)}/items/${encodeURIComponent(fid)}?f=json`);

/** The id of the job that has made a layer; null where there is none any more. */
export async function runOf(id: string): Promise<string | null> {
  const told = await get<Collection>(address(`${collection(id)}?f=json`));
  return told['altai:derivation']?.job ?? null;
}

export const collectionAddress = (id: string): string => address(`${collection(id)}?f=html`);

/** A layer definition for QGIS: tiles and features in the layer's style. */
export const definitionAddress = (id: string, lang: Language): string =>
  address(`${collection(id)}/styles/default?${query({ f: 'qlr', lang })}`);

/** The legend as a picture fine enough for a report. */
export const legendAddress = (id: string, lang: Language): string =>
  address(`${collection(id)}/styles/default/legend?${query({ f: 'png', lang, scale: 2 })}`);

export const tilesAddress = (id: string): string =>
  address(`tiles/${encodeURIComponent(id)}/{z}/{x}/{y}.png`);

/** A tile of features; no bytes where there is nothing. */
export async function tile(
  id: string,
  { x, y, z }: { x: number; y: number; z: number },
  version: string,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  const path = `tiles/${encodeURIComponent(id)}/${z}/${x}/${y}.mvt${version}`;
  const answer = await fetch(address(path), { signal });
  if (!answer.ok) throw await refusal(answer);
  return answer.arrayBuffer();
}

/** What the addresses of tiles end in as long as the layer stays as it is: browsers keep such tiles. */
export async function tilesVersion(id: string): Promise<string> {
  const { tiles } = await get<{ tiles: string[] }>(address(`tiles/${encodeURIComponent(id)}/tilejson.json`));
  return /\?.*$/.exec(tiles[0] ?? '')?.[0] ?? '';
}

/** How many features of a layer a filter selects. */
export async function countOf(id: string, filter: string): Promise<number> {
  const page = await get<Page>(
    address(`${collection(id)}/items?${query({ f: 'json', limit: 1, skipGeometry: 'true', filter })}`),
  );
  return page.numberMatched ?? 0;
}

export async function collections(lang: Language): Promise<Collection[]> {
  const answer = await get<{ collections: Collection[] }>(
    address(`collections?${query({ f: 'json', lang, links: 'false' })}`),
  );
  return answer.collections;
}

/** Decimals of a degree that tell eighths of a pixel apart. */
const decimalsAt = (zoom: number): number => Math.ceil(-Math.log10(360 / 256 / 8 / 2 ** zoom));

/** Every feature of a layer, page after page; only as exact as a map of a zoom needs it, if one is given. */
export async function items(id: string, zoom?: number): Promise<Feature[]> {
  const features: Feature[] = [];
  let next: string | undefined =
    `${itemsAddress(id)}&links=false` +
    (zoom === undefined ? '' : `&${query({ zoom, decimals: decimalsAt(zoom + 1) })}`);
  while (next) {
    const page: Page = await get<Page>(next);
    features.push(...page.features);
    const following: string | undefined = page.links?.find((link) => link.rel === 'next')?.href;
    // Only the question is taken over: behind a proxy the server may not know the address it is reached by.
    next =
      following && page.features.length > 0
        ? address(`${collection(id)}/items${new URL(following, document.baseURI).search}`)
        : undefined;
  }
  return features;
}

/** Features as the question has them (a box, an order), and how many there are. */
export const page = (id: string, wanted: Asked): Promise<Page> =>
  get<Page>(pageAddress(id, { f: 'json', ...wanted }));

export const pageAddress = (id: string, wanted: Asked): string =>
  address(`${collection(id)}/items?${asked(wanted)}`);

export const item = (id: string, fid: string): Promise<Feature> => get<Feature>(itemAddress(id, fid));

export const schema = (id: string, lang: Language): Promise<Schema> =>
  get<Schema>(address(`${collection(id)}/schema?${query({ f: 'json', lang })}`));

export const style = (id: string): Promise<Style> =>
  get<Style>(address(`${collection(id)}/styles/default?f=json`));

export const rasterValue = (id: string, lon: number, lat: number, lang: Language): Promise<RasterValue> =>
  get<RasterValue>(address(`rasters/${encodeURIComponent(id)}/point?${query({ lon, lat, lang })}`));

export async function indicators(lang: Language): Promise<IndicatorTheme[]> {
  const answer = await get<{ themes: IndicatorTheme[] }>(address(`indicators?${query({ f: 'json', lang })}`));
  return answer.themes;
}

const indicatorAddress = (code: string): string => `indicators/${encodeURIComponent(code)}`;

export const indicatorPage = (code: string, lang: Language): string =>
  address(`${indicatorAddress(code)}?${query({ f: 'html', lang })}`);

export const indicator = (code: string, lang: Language): Promise<Indicator> =>
  get<Indicator>(address(`${indicatorAddress(code)}?${query({ f: 'json', lang })}`));

export const addressWith = (path: string, wanted: Asked): string => address(`${path}?${asked(wanted)}`);

export const valuesAddress = (code: string, wanted: Asked): string =>
  addressWith(`${indicatorAddress(code)}/values`, wanted);

export const indicatorValues = (code: string, wanted: Asked): Promise<IndicatorValues> =>
  get<IndicatorValues>(valuesAddress(code, { f: 'json', ...wanted }));

export const indicatorClasses = (code: string, wanted: Asked): Promise<IndicatorClasses> =>
  get<IndicatorClasses>(address(`${indicatorAddress(code)}/classes?${asked({ f: 'json', ...wanted })}`));

export async function processes(lang: Language): Promise<ProcessHead[]> {
  const answer = await get<{ processes: ProcessHead[] }>(address(`processes?${query({ f: 'json', lang })}`));
  return answer.processes;
}

export const process = (id: string, lang: Language): Promise<ProcessDescription> =>
  get<ProcessDescription>(address(`processes/${encodeURIComponent(id)}?${query({ f: 'json', lang })}`));

const jobAddress = (id: string): string => `jobs/${encodeURIComponent(id)}`;

export const job = (id: string, lang: Language, signal?: AbortSignal): Promise<Job> =>
  get<Job>(address(`${jobAddress(id)}?${query({ f: 'json', lang })}`), signal);

export const jobResults = (id: string, lang: Language): Promise<JobResults> =>
  get<JobResults>(address(`${jobAddress(id)}/results?${query({ lang })}`));

const passportAddress = (units: readonly string[], f: string, lang: Language): string =>
  address(`passports/${units.map(encodeURIComponent).join(',')}?${query({ f, lang })}`);

/** All that is told of municipalities, taken together where there are several. */
export const passport = (units: readonly string[], lang: Language): Promise<Passport> =>
  get<Passport>(passportAddress(units, 'json', lang));

/** The same as a page to print, and as a document. */
export const passportPage = (units: readonly string[], lang: Language): string =>
  passportAddress(units, 'html', lang);
export const passportDocument = (units: readonly string[], lang: Language): string =>
  passportAddress(units, 'json', lang);

export const search = (q: string, lang: Language, signal: AbortSignal): Promise<SearchPage> =>
  get<SearchPage>(address(`search?${query({ q, limit: 10, lang })}`), signal);

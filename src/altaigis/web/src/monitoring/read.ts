/** The server's doors for stations and their series. */

import { address, get } from '../api';
import type { Language } from '../contract';
import type { Listed } from './choice';
import type { Alerts, Episodes, Frames, Measured, SeriesOf, Standings, Station } from './contract';

type Query = Record<string, string | undefined>;

function url(path: string, query: Query): string {
  const told = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return address(`${path}?${new URLSearchParams(told)}`);
}

const stationPath = (station: string): string => `stations/${encodeURIComponent(station)}`;

export async function measured(lang: Language): Promise<Measured[]> {
  return (await get<{ parameters: Measured[] }>(url('stations/parameters', { lang }))).parameters;
}

export const standingsAddress = (parameter: string, f: string, lang: Language): string =>
  url('stations/status', { parameter, f, lang });

export const standings = (parameter: string, lang: Language): Promise<Standings> =>
  get<Standings>(standingsAddress(parameter, 'json', lang));

export const frames = (
  parameter: string,
  bucket: string,
  datetime: string,
  lang: Language,
): Promise<Frames> => get<Frames>(url('stations/series', { parameter, bucket, datetime, lang }));

const alertsQuery = ({ state, parameter }: Listed): Query => ({
  state: state === 'open' ? 'open' : undefined,
  parameter,
});

export const alerts = (
  listed: Listed & { station?: string },
  limit: number,
  lang: Language,
): Promise<Alerts> =>
  get<Alerts>(
    url('alerts', { ...alertsQuery(listed), station: listed.station, limit: String(limit), f: 'json', lang }),
  );

export const feedAddress = (listed: Listed, lang: Language): string =>
  url('alerts.rss', { ...alertsQuery(listed), lang });

export const alertsPage = (lang: Language, station?: string): string =>
  url('alerts', { f: 'html', lang, station });

export const eventsAddress = (parameter: string): string => url('events', { parameter });

export const stationPage = (station: string, lang: Language): string =>
  url(stationPath(station), { f: 'html', lang });

export const station = (id: string, lang: Language): Promise<Station> =>
  get<Station>(url(stationPath(id), { f: 'json', lang }));

export const standingsOf = (id: string, lang: Language): Promise<{ parameters: Standings['stations'] }> =>
  get(url(`${stationPath(id)}/status`, { lang }));

export const episodes = (
  id: string,
  { parameter, synthetic }: Pick<SeriesOf, 'parameter' | 'synthetic'>,
  lang: Language,
): Promise<Episodes> =>
  get<Episodes>(url(`${stationPath(id)}/episodes`, { parameter, synthetic: String(synthetic), lang }));

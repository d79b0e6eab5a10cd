/** What of the monitoring is seen, as a link has it: a parameter, now or at a time; a station; the list of alerts. */

import type { Chosen } from '../station/contract';

/** Steps in which the time is gone through. */
export const STEPS = ['hour', 'day', 'month'] as const;
export type Step = (typeof STEPS)[number];

/** A parameter on the map: as it stands now, or by steps of time; `at` is where a bucket begins, the last if absent. */
export interface Watch {
  parameter: string;
  step?: Step;
  at?: string;
}

/** A station in the drawer, with what its chart shows. */
export interface Seen {
  station: string;
  chosen: Chosen;
}

/** The list of alerts: those that go on, or all. */
export interface Listed {
  state: 'open' | 'all';
  parameter?: string;
}

const WORD = /^[a-z][a-z0-9_]{0,62}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$/;
const CHOSEN: Record<keyof Chosen, RegExp> = {
  parameter: WORD,
  period: /^(\d{1,2}[dy]|all)$/,
  bucket: /^[a-z]{3,5}$/,
  from: TIME,
  to: TIME,
};

const isStep = (text: string | undefined): text is Step => (STEPS as readonly string[]).includes(text ?? '');

/** `name:value` parts; a value may have colons of its own. */
function pairs(parts: readonly string[]): [string, string][] {
  return parts.map((part) => {
    const colon = part.indexOf(':');
    return [part.slice(0, colon), part.slice(colon + 1)];
  });
}

/** `pm2_5` or `pm2_5/day/2026-11-20T17:00Z`. */
export function parseWatch(text: string): Watch | undefined {
  const [parameter = '', step, at, ...rest] = text.split('/');
  if (!WORD.test(parameter) || rest.length > 0) return undefined;
  if (step === undefined) return { parameter };
  if (!isStep(step) || (at !== undefined && !TIME.test(at))) return undefined;
  return { parameter, step, ...(at && { at }) };
}

export const formatWatch = ({ parameter, step, at }: Watch): string =>
  [parameter, step, step && at].filter(Boolean).join('/');

/** `WMO-29838/parameter:pm2_5/period:30d`; ids have any letters but slashes. */
export function parseSeen(text: string): Seen | undefined {
  const [station = '', ...parts] = text.split('/');
  if (station === '' || station.length > 100) return undefined;
  const chosen = pairs(parts);
  const isKnown = (name: string): name is keyof Chosen => Object.hasOwn(CHOSEN, name);
  if (!chosen.every(([name, value]) => isKnown(name) && CHOSEN[name].test(value))) return undefined;
  return { station, chosen: Object.fromEntries(chosen) };
}

export const formatSeen = ({ station, chosen }: Seen): string =>
  [station, ...Object.entries(chosen).map(([name, value]) => `${name}:${value}`)].join('/');

/** `open`, `all`, or one of these with a parameter: `open/pm2_5`. */
export function parseListed(text: string): Listed | undefined {
  const [state, parameter, ...rest] = text.split('/');
  if ((state !== 'open' && state !== 'all') || rest.length > 0) return undefined;
  if (parameter !== undefined && !WORD.test(parameter)) return undefined;
  return { state, ...(parameter && { parameter }) };
}

export const formatListed = ({ state, parameter }: Listed): string =>
  [state, parameter].filter(Boolean).join('/');

/** Latitude and longitude as people write and read them. */

import type { Language } from './contract';
import { number } from './format';

export interface Spot {
  lat: number;
  lon: number;
}

/** About a metre. */
const DIGITS = 5;

const FIGURE = String.raw`\d{1,3}(?:[.,]\d+)?`;
/** Degrees, or degrees and minutes, or seconds too: `52.5°`, `52°30.5′`, `52 30 15`. */
const ANGLE = String.raw`([+-]?)(${FIGURE})(?:(?:\s*(°)\s*|\s+)(${FIGURE})(?:(?:\s*['′’]\s*|\s+)(${FIGURE})\s*(?:["″”]|''|′′)?|\s*['′’])?|\s*(°))?`;
const SIDE = '[NSEWСЮВЗ]';
/** `N`, `с. ш.`, `в.д.` */
const SIDE_AFTER = String.raw`(?:\s*([NSСЮ](?=\.?\s*ш|(?!\p{L}))|[EWВЗ](?=\.?\s*д|(?!\p{L})))(?:\.?\s*[шд])?\.?(?!\p{L}))`;
const PAIRS = [
  new RegExp(String.raw`^()${ANGLE}(?:${SIDE_AFTER}[\s,;]*|[\s,;]+)()${ANGLE}${SIDE_AFTER}?$`, 'iu'),
  new RegExp(String.raw`^(${SIDE})\s*${ANGLE}()[\s,;]*(${SIDE})\s*${ANGLE}()$`, 'iu'),
];
/** Groups of an angle with its sides. */
const GROUPS = 8;
const BACKWARDS = /[SWЮЗ]/iu;
const ALONG = /[EWВЗ]/iu;

interface Angle {
  value: number;
  side: string;
  /** Minutes cannot be mistaken for degrees: there are none, or a sign or a side. */
  isClear: boolean;
}

/**
 * `51.99, 84.98`, `51,99 84,98`, `51.99° N, 84.98° E`, `51°59′40″ с. ш. 84°59′ в. д.` or `N52.5 E85.1`: latitude first,
 * as everywhere, where no sides say otherwise; null for anything else.
 */
export function parseSpot(text: string): Spot | null {
  const plain = text.trim().replace(/[−–]/gu, '-');
  for (const pair of PAIRS) {
    const found = pair.exec(plain);
    if (!found) continue;
    const [first, second] = [angle(found.slice(1, 1 + GROUPS)), angle(found.slice(1 + GROUPS))];
    const spot = first && second && together(first, second);
    if (spot) return spot;
  }
  return null;
}

function angle([before, sign, degrees = '', mark, minutes, seconds, lonely, after]: (
  | string
  | undefined
)[]): Angle | null {
  const side = before || after || '';
  const parts = [degrees, minutes, seconds].filter((part) => part !== undefined);
  const values = parts.map((part) => Number(part.replace(',', '.')));
  // a fraction is of the last, and minutes and seconds begin anew at sixty
  if (values.some((value, i) => (i > 0 && value >= 60) || (i < values.length - 1 && value % 1 !== 0)))
    return null;
  if (sign && side) return null;
  const size = values.reduce((sum, value, i) => sum + value / 60 ** i, 0);
  const isBackwards = sign === '-' || BACKWARDS.test(side);
  return {
    value: isBackwards ? -size : size,
    side,
    isClear: parts.length === 1 || side !== '' || (mark ?? lonely) !== undefined,
  };
}

function together(first: Angle, second: Angle): Spot | null {
  if (!first.isClear || !second.isClear) return null;
  // both sides are told, and are of two kinds, or none is
  if ((first.side === '') !== (second.side === '')) return null;
  const isAlong = ALONG.test(first.side);
  if (first.side !== '' && isAlong === ALONG.test(second.side)) return null;
  const [lat, lon] = isAlong ? [second.value, first.value] : [first.value, second.value];
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}

/** `51.99126, 84.98124`: for programs, and to be read back. */
export const plainSpot = ({ lat, lon }: Spot): string => `${lat.toFixed(DIGITS)}, ${lon.toFixed(DIGITS)}`;

const SIDES = { ru: ['с. ш.', 'ю. ш.', 'в. д.', 'з. д.'], en: ['N', 'S', 'E', 'W'] } as const;

/** `51,99126° с. ш., 84,98124° в. д.` */
export function spotText({ lat, lon }: Spot, language: Language): string {
  const [north, south, east, west] = SIDES[language];
  const side = (value: number, name: string) => `${number(Math.abs(value), language, DIGITS)}°\u00a0${name}`;
  const separator = language === 'ru' ? '; ' : ', ';
  return side(lat, lat < 0 ? south : north) + separator + side(lon, lon < 0 ? west : east);
}

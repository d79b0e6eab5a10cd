/** Latitude and longitude as people write and read them. */

import type { Language } from './contract';
import { number } from './format';

export interface Spot {
  lat: number;
  lon: number;
}

/** About a metre. */
const DIGITS = 5;

const PAIR =
  /^([+-]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*([NSСЮ]?)[\s,;]+([+-]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*([EWВЗ]?)$/iu;
const BACKWARDS = /^[SWЮЗ]$/iu;

/** `51.99, 84.98`, `51,99 84,98` or `51.99° N, 84.98° E`: latitude first, as everywhere; null for anything else. */
export function parseSpot(text: string): Spot | null {
  const found = PAIR.exec(text.trim());
  if (!found) return null;
  const value = (figure: string | undefined, side: string | undefined) =>
    Number(figure?.replace(',', '.')) * (BACKWARDS.test(side ?? '') ? -1 : 1);
  const spot = { lat: value(found[1], found[2]), lon: value(found[3], found[4]) };
  return Math.abs(spot.lat) <= 90 && Math.abs(spot.lon) <= 180 ? spot : null;
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

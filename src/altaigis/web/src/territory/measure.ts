/** A number with its unit, as the reader's language writes it. */

import type { Language } from '../contract';
import { fixed } from '../format';
import { unitName } from '../i18n';

export function measure(
  value: number,
  { unit, digits }: { unit: string; digits: number },
  language: Language,
): string {
  const figure = fixed(value, language, digits);
  return unit === '1' ? figure : `${figure}\u00a0${unitName(unit, language)}`;
}

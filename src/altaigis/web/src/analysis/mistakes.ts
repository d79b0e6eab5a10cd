/** What is wrong in a form: told at its field, in the language of the page, for as long as it is so. */

import type { Language } from '../contract';
import { h } from '../dom';
import { number } from '../format';
import { WORDS } from './words';

/** Whether all is filled in that has to be; the first mistake is told at its field, which has the focus then. */
export function check(form: HTMLElement, language: Language): boolean {
  for (const old of form.querySelectorAll('.mistake')) old.remove();
  for (const old of form.querySelectorAll('[aria-invalid]')) old.removeAttribute('aria-invalid');
  const wrong = form.querySelector<HTMLInputElement>(':is(input, select):invalid');
  if (wrong) blame(wrong, reason(wrong, language));
  return wrong === null;
}

export function blame(control: HTMLElement, why: string): void {
  control.setAttribute('aria-invalid', 'true');
  control.closest('.input')?.append(h('span', { class: 'mistake', role: 'alert' }, why));
  control.focus();
}

function reason({ validity, min, max }: HTMLInputElement, language: Language): string {
  const t = WORDS[language];
  const said = (bound: string) => number(Number(bound), language);
  if (validity.valueMissing) return t.fillIn;
  if (validity.rangeUnderflow || validity.rangeOverflow) {
    if (min && max) return t.between(said(min), said(max));
    return min ? t.least(said(min)) : t.most(said(max));
  }
  return validity.stepMismatch ? t.whole : t.unreadable;
}

/** Light or dark: as the reader chose, else as the system has it. The colours themselves are in the style sheet. */

import { recall, remember } from './memory';

export type Theme = 'light' | 'dark';

const system = matchMedia('(prefers-color-scheme: dark)');

const chosen = (): Theme | null => {
  const kept = recall('theme');
  return kept === 'light' || kept === 'dark' ? kept : null;
};

export const theme = (): Theme => chosen() ?? (system.matches ? 'dark' : 'light');

/** Put the theme on the page, and keep it there when the system changes its mind. */
export function followTheme(changed: () => void): void {
  const apply = () => {
    document.documentElement.dataset.theme = theme();
    changed();
  };
  system.addEventListener('change', apply);
  apply();
}

export function switchTheme(): Theme {
  const next = theme() === 'dark' ? 'light' : 'dark';
  remember('theme', next);
  document.documentElement.dataset.theme = next;
  return next;
}

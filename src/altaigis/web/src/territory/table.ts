/** A table of units whose headings sort it. */

import type { Language, Value } from '../contract';
import { h } from '../dom';
import { fixed } from '../format';

export interface Look {
  foot: (string | number | null)[][];
  digits: number[];
  noData: string;
  /** Said where there are more columns than are seen. */
  further: string;
  language: Language;
}

export interface Line {
  unit: string;
  cells: (string | number | null)[];
}

/** A table whose headings sort it: numbers from the largest, or the other way. */
export function sortable(columns: string[], lines: Line[], look: Look): HTMLElement {
  const body = h('tbody');
  const cell = (value: string | number | null, at: number) => {
    if (at === 0) return h('th', { scope: 'row' }, String(value));
    return typeof value === 'number'
      ? h('td', {}, fixed(value, look.language, look.digits[at] ?? 2))
      : h('td', { class: 'quiet' }, look.noData);
  };
  const fill = (ordered: readonly Line[]) =>
    body.replaceChildren(
      ...ordered.map(({ unit, cells }) => h('tr', { 'data-unit': unit, tabindex: 0 }, ...cells.map(cell))),
    );
  const headings = columns.map((title, at) => {
    const head = h('th', { scope: 'col' });
    const sort = () => {
      const isDown = head.getAttribute('aria-sort') !== 'descending' && at > 0;
      for (const each of headings) each.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', isDown ? 'descending' : 'ascending');
      fill(sorted(lines, at, isDown));
    };
    head.append(h('button', { type: 'button', click: sort }, title));
    return head;
  });
  fill(lines);
  const foot = look.foot.map((cells) => h('tr', {}, ...cells.map(cell)));
  const frame = h(
    'div',
    { class: 'compare-table', tabindex: 0, role: 'group', 'aria-label': columns[0] ?? '' },
    h('table', {}, h('thead', {}, h('tr', {}, ...headings)), body, h('tfoot', {}, ...foot)),
  );
  return h('div', {}, further(frame, look.further), frame);
}

/** A hint above a table that is wider than its frame, which shows the rest. */
function further(frame: HTMLElement, text: string): HTMLElement {
  const on = () => frame.scrollBy({ left: frame.clientWidth / 2 });
  const hint = h('button', { type: 'button', class: 'further', 'data-testid': 'further', click: on }, text);
  const settle = () => {
    hint.hidden = frame.clientWidth >= frame.scrollWidth;
    // At the end its place stays: nothing below it jumps.
    hint.classList.toggle('at-end', frame.scrollLeft + frame.clientWidth >= frame.scrollWidth - 1);
  };
  new ResizeObserver(settle).observe(frame);
  frame.addEventListener('scroll', settle, { passive: true });
  return hint;
}

/** By one column; what has no value comes last. */
export function sorted<T extends { cells: readonly Value[] }>(
  lines: readonly T[],
  at: number,
  down: boolean,
): T[] {
  const sign = down ? -1 : 1;
  return [...lines].sort((a, b) => {
    const [one, other] = [a.cells[at] ?? null, b.cells[at] ?? null];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    if (typeof one === 'number' && typeof other === 'number') return sign * (one - other);
    return sign * String(one).localeCompare(String(other), 'ru');
  });
}

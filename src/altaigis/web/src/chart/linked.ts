/** Marks that know their unit (`data-unit`): pointed at with a pointer or with the arrows, each is shown wherever it is. */

export interface Links {
  /** A unit is pointed at; null: none any more. */
  point: (unit: string | null) => void;
  /** A mark of a chart is clicked, or chosen with Enter. */
  pick: (unit: string) => void;
}

/** Units of the marks, as they stand in the page. */
export const marksOf = (element: Element): string[] =>
  [...element.querySelectorAll('[data-unit]')].map((mark) => mark.getAttribute('data-unit') ?? '');

/** Show one unit in all marks of it. */
export function lightMarks(element: Element, unit: string | null): void {
  for (const lit of element.querySelectorAll('.lit')) lit.classList.remove('lit');
  if (unit === null) return;
  for (const mark of element.querySelectorAll(`[data-unit="${CSS.escape(unit)}"]`)) mark.classList.add('lit');
}

/** Tell what is pointed at in an element; `order` is the way in which arrows lead through the marks of its chart. */
export function linked(
  element: HTMLElement,
  links: Links,
  order: (chart: Element) => string[] = marksOf,
): void {
  const unitOf = (event: Event) =>
    event.target instanceof Element
      ? (event.target.closest('[data-unit]')?.getAttribute('data-unit') ?? null)
      : null;
  let last: string | null = null;
  const point = (unit: string | null) => {
    if (unit === last) return;
    last = unit;
    links.point(unit);
  };
  element.addEventListener('pointerover', (event) => point(unitOf(event)));
  element.addEventListener('pointerleave', () => point(null));
  element.addEventListener('focusin', (event) => point(unitOf(event)));
  const chart = element.querySelector<SVGElement>('svg.chart');
  if (!chart) return;
  chart.addEventListener('click', (event) => {
    const unit = unitOf(event);
    if (unit) links.pick(unit);
  });
  chart.addEventListener('blur', () => point(null));
  chart.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.key === 'Enter' && last) links.pick(last);
    if (step === undefined) return;
    event.preventDefault();
    const marks = order(chart);
    const at = last === null ? (step > 0 ? -1 : marks.length) : marks.indexOf(last);
    const next = marks[(at + step + marks.length) % marks.length];
    if (next !== undefined) point(next);
  });
}

/** Ways to choose several municipalities: a shape drawn on the map, and a list for those who do not point. */

import './chooser.css';
import type { Position } from 'geojson';
import { h } from '../dom';
import { Sketch } from '../map/sketch';
import { SHEET_WORDS } from './sheet-words';
import type { Bench, Sheet } from './territories';
import { RULES, type Rule } from './within';

export interface Choosing {
  units: readonly string[];
  /** What was drawn, and by which rule units lie in it. */
  drawn: (ring: Position[], rule: Rule) => void;
  /** The reader draws: the map has to be free. */
  drawing: () => void;
}

/** The rule that was used last. */
let rule: Rule = 'centre';

export function chooserSheet(bench: Bench, choosing: Choosing): Sheet {
  const { language } = bench.desk;
  const t = SHEET_WORDS[language];
  const units = choosing.units
    .map((id) => ({ id, name: bench.name(id) }))
    .sort((a, b) => a.name.localeCompare(b.name, language));
  const boxes = units.map(({ id, name }) => {
    const box = h('input', { type: 'checkbox', value: id, change: () => bench.pick(id) });
    return { id, name, box, item: h('li', { 'data-unit': id }, h('label', {}, box, h('span', {}, name))) };
  });
  const count = h('p', { class: 'quiet', role: 'status', 'data-testid': 'chosen-count' });
  const settle = (picked: readonly string[]) => {
    for (const { id, box } of boxes) box.checked = picked.includes(id);
    count.textContent = picked.length > 0 ? t.unitsCount(picked.length) : t.noneChosen;
  };
  settle(bench.picked);
  const find = (event: Event) => {
    const words = (event.currentTarget as HTMLInputElement).value.trim().toLocaleLowerCase(language);
    for (const { name, item } of boxes) item.hidden = !name.toLocaleLowerCase(language).includes(words);
  };
  const draw = (shape: 'polygon' | 'rectangle') => () => {
    choosing.drawing();
    sketch(bench, shape, (ring) => choosing.drawn(ring, rule));
  };
  const list = h('ul', { class: 'unit-list' }, ...boxes.map(({ item }) => item));
  const unitOf = (event: Event) =>
    event.target instanceof Element ? event.target.closest('[data-unit]')?.getAttribute('data-unit') : null;
  for (const kind of ['pointerover', 'focusin'])
    list.addEventListener(kind, (event) => bench.hover(unitOf(event) ?? null));
  for (const kind of ['pointerleave', 'focusout']) list.addEventListener(kind, () => bench.hover(null));
  const element = h(
    'div',
    { class: 'choosing', 'data-testid': 'choosing' },
    h('p', { class: 'quiet' }, t.chooseHint),
    h(
      'p',
      { class: 'sheet-actions' },
      h('button', { type: 'button', 'data-testid': 'draw-polygon', click: draw('polygon') }, t.drawPolygon),
      h(
        'button',
        { type: 'button', 'data-testid': 'draw-rectangle', click: draw('rectangle') },
        t.drawRectangle,
      ),
    ),
    h('fieldset', {}, h('legend', {}, t.rule), ...RULES.map((each) => ruleField(each, t.rules[each]))),
    h('h3', {}, t.byName),
    h('input', { type: 'search', placeholder: t.findUnit, 'aria-label': t.findUnit, input: find }),
    count,
    list,
  );
  return { title: t.choose, element, settle };
}

function ruleField(each: Rule, text: string): HTMLElement {
  const radio = h('input', {
    type: 'radio',
    name: 'rule',
    value: each,
    checked: each === rule,
    change: () => {
      rule = each;
    },
  });
  return h('label', {}, radio, h('span', {}, text));
}

/** Draw on the map, with what can be done meanwhile said above it. */
function sketch(bench: Bench, shape: 'polygon' | 'rectangle', drawn: (ring: Position[]) => void): void {
  const t = SHEET_WORDS[bench.desk.language];
  const hint = h('div', { class: 'sketch-hint', role: 'status', 'data-testid': 'sketch' });
  const drawing = new Sketch(bench.desk.view, shape, (ring) => {
    hint.remove();
    if (ring) drawn(ring);
  });
  const button = (text: string, click: () => void) => h('button', { type: 'button', click }, text);
  const polygon = matchMedia('(pointer: coarse)').matches ? t.drawingByTouch : t.drawingPolygon;
  const said = shape === 'polygon' ? polygon : t.drawingRectangle;
  hint.append(
    h('span', {}, said),
    ...(shape === 'polygon' ? [button(t.drawn, () => drawing.finish())] : []),
    button(t.cancel, () => drawing.cancel()),
  );
  document.body.append(hint);
  bench.desk.view.leaflet.getContainer().focus({ preventScroll: true });
}

/** The alerts in the drawer: the newest first, those that go on or all, of a parameter or of all. */

import './sheets.css';
import { h } from '../dom';
import type { Listed } from './choice';
import { alertItem } from './listed';
import type { Bench, Sheet } from './monitoring';
import * as read from './read';
import { WORDS } from './words';

const PAGE = 50;

export async function alertsSheet(bench: Bench, listed: Listed): Promise<Sheet> {
  const { language } = bench.desk;
  const t = WORDS[language];
  const element = h('article', { class: 'alerts-sheet', 'data-testid': 'alerts-sheet' });
  const draw = async (most: number): Promise<void> => {
    const { alerts, numberMatched } = await read.alerts(listed, most, language);
    const more = h('button', { type: 'button', click: () => void draw(most + PAGE) }, t.more);
    element.replaceChildren(
      filters(bench, listed),
      alerts.length > 0
        ? h('p', { class: 'quiet', 'data-testid': 'alerts-told' }, t.shownOf(alerts.length, numberMatched))
        : h('span', {}),
      alerts.length > 0
        ? h('ul', { class: 'alerts' }, ...alerts.map((alert) => alertItem(alert, bench)))
        : h('p', {}, t.noAlerts),
      h(
        'p',
        { class: 'sheet-actions' },
        alerts.length < numberMatched ? more : null,
        h('a', { href: read.feedAddress(listed, language) }, t.rss),
        h('a', { href: read.alertsPage(language), target: '_blank', rel: 'noopener' }, t.alertsPage),
      ),
    );
  };
  await draw(PAGE);
  return { title: t.alertsOfAll, element, refresh: () => void draw(PAGE) };
}

function filters(bench: Bench, listed: Listed): HTMLElement {
  const { language } = bench.desk;
  const t = WORDS[language];
  const select = (
    name: string,
    label: string,
    options: readonly (readonly [string, string])[],
    changed: (value: string) => Listed,
  ) => {
    const made = h(
      'select',
      {
        'aria-label': label,
        'data-testid': name,
        change: (event: Event) => bench.openAlerts(changed((event.currentTarget as HTMLSelectElement).value)),
      },
      ...options.map(([value, text]) => h('option', { value }, text)),
    );
    return made;
  };
  const state = select('alert-state', t.state, Object.entries(t.states), (value) => ({
    ...listed,
    state: value === 'all' ? 'all' : 'open',
  }));
  state.value = listed.state;
  const watched = bench.measured.filter(({ limits }) => limits > 0);
  const parameter = select(
    'alert-parameter',
    t.parameter,
    [['', t.allParameters], ...watched.map((one) => [one.parameter, one.title] as const)],
    (value) => ({ state: listed.state, ...(value && { parameter: value }) }),
  );
  parameter.value = listed.parameter ?? '';
  return h('div', { class: 'alert-filters' }, state, parameter);
}

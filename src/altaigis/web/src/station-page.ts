/** The chart on a station's page. Without it the page has its latest values and links to the files all the same. */

import 'uplot/dist/uPlot.min.css';
import './station/station.css';
import { type Chosen, element, type Page } from './station/contract';
import { StationChart } from './station/view';

const root = element('#series-view');
const page = JSON.parse(element('#series-data').textContent ?? '') as Page;
// the page may be served below any prefix
page.root = new URL(page.root, document.baseURI).href;
const chart = new StationChart(root, page, {
  recall: () => Object.fromEntries(new URLSearchParams(location.hash.slice(1))) as Chosen,
  remember: (chosen) => history.replaceState(null, '', `#${new URLSearchParams(chosen)}`),
});
addEventListener('hashchange', () => chart.reopen());
chart.open();

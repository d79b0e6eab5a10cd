/** The chart on a station's page. Without it the page has its latest values and links to the files all the same. */

import 'uplot/dist/uPlot.min.css';
import './station/station.css';
import { element } from './station/contract';
import { StationChart } from './station/view';

const root = element('#series-view');
new StationChart(root).open();

/** An alert in a list: what happened where and when; it leads to its station, and to its time. */

import { h } from '../dom';
import { number } from '../format';
import { unitName } from '../i18n';
import { markIcon } from '../mark';
import type { Alert } from './contract';
import type { Bench } from './monitoring';
import { SIGNS } from './signs';
import { around, bucketOf, moment } from './times';
import { WORDS } from './words';

export function alertItem(alert: Alert, bench: Bench): HTMLElement {
  const { language } = bench.desk;
  const t = WORDS[language];
  const { parameter, begin, end } = alert;
  const show = () =>
    bench.openStation({
      station: alert.station,
      chosen: { ...(parameter && { parameter }), ...bucketOf(alert.limit), ...around(begin, end) },
    });
  const sign = markIcon(SIGNS[alert.kind === 'silence' ? 'silent' : 'above']);
  const until = alert.state === 'open' ? t.goesOn : end ? moment(end, language) : '';
  const unit =
    bench.measured.find((one) => one.parameter === parameter)?.unit_title ??
    unitName(alert.unit ?? '', language);
  const peak =
    alert.peak === null
      ? null
      : `${t.peak.toLowerCase()} ${number(Number(alert.peak.toPrecision(3)), language, 6)} ${unit}`;
  return h(
    'li',
    { class: alert.state, 'data-alert': alert.id, 'data-kind': alert.kind },
    sign,
    h(
      'div',
      {},
      h('button', { type: 'button', click: show }, alert.title),
      h('small', {}, [t.fromTo(moment(begin, language), until), peak].filter(Boolean).join('; ')),
    ),
  );
}

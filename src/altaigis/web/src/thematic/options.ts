/** The indicators as the options of a select, by theme. */

import type { IndicatorTheme } from '../contract';
import { h } from '../dom';

export const indicatorOptions = (themes: readonly IndicatorTheme[]): HTMLElement[] =>
  themes.map((theme) =>
    h(
      'optgroup',
      { label: theme.title },
      ...theme.indicators.map((each) => h('option', { value: each.code }, each.title)),
    ),
  );

/** Search by name: a combobox whose list is walked with the arrows. */

import * as api from './api';
import type { Feature, Found, Language, Properties } from './contract';
import { parseSpot, type Spot, spotText } from './coordinates';
import { h } from './dom';
import { MESSAGES } from './i18n';

const DELAY_MS = 180;

export interface Result extends Found {
  id: string;
  bbox: number[] | undefined;
  point: [number, number] | undefined;
  /** A place by its coordinates, which is no feature of any layer. */
  spot?: Spot;
}

export class Search {
  private language: Language = 'ru';
  private results: Result[] = [];
  private active = -1;
  /** What was found has been chosen from: the reader comes back to the field, not to the list. */
  private chosen = false;
  private timer = 0;
  private asking: AbortController | null = null;

  private readonly input = h('input', {
    type: 'text',
    id: 'search',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    enterkeyhint: 'search',
    'aria-autocomplete': 'list',
    'aria-controls': 'search-results',
    'aria-expanded': 'false',
    'data-testid': 'search',
    input: () => this.later(),
    focus: () => {
      if (this.results.length > 0 && !this.chosen) this.open(true);
    },
    blur: () => this.open(false),
    keydown: (event: KeyboardEvent) => this.key(event),
  });
  private readonly clearing = h(
    'button',
    { type: 'button', class: 'search-clear', hidden: true, click: () => this.clear() },
    '×',
  );
  private readonly hint = h('kbd', { 'aria-hidden': 'true' }, '/');
  private readonly list = h('ul', {
    id: 'search-results',
    role: 'listbox',
    hidden: true,
    'data-testid': 'search-results',
    // The field must not lose its focus before the click arrives.
    mousedown: (event: MouseEvent) => event.preventDefault(),
  });
  private readonly similar = h('p', { class: 'search-similar', 'aria-hidden': 'true', hidden: true });
  private readonly status = h('p', { class: 'search-status', role: 'status', hidden: true });
  readonly element = h(
    'div',
    { class: 'search', role: 'search' },
    this.input,
    this.hint,
    this.clearing,
    h('div', { class: 'search-drop' }, this.similar, this.list, this.status),
  );

  constructor(
    private readonly pick: (result: Result) => void,
    private readonly holds: (spot: Spot) => boolean,
  ) {}

  speak(language: Language): void {
    const t = MESSAGES[language];
    this.language = language;
    this.input.placeholder = t.search;
    this.input.setAttribute('aria-label', t.searchLabel);
    this.list.setAttribute('aria-label', t.searchLabel);
    this.similar.textContent = t.searchSimilar;
    this.clearing.setAttribute('aria-label', t.clear);
    this.hint.title = t.searchKey;
    this.results = [];
    this.open(false);
  }

  focus(): void {
    this.input.focus();
    this.input.select();
  }

  private later(): void {
    this.chosen = false;
    window.clearTimeout(this.timer);
    this.clearing.hidden = this.input.value === '';
    this.timer = window.setTimeout(() => void this.ask(), DELAY_MS);
  }

  private clear(): void {
    this.input.value = '';
    this.later();
    this.input.focus();
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    const q = this.input.value.trim();
    if (q === '') {
      this.results = [];
      this.open(false);
      return;
    }
    const spots = this.spots(q);
    if (spots.length > 0) {
      this.results = spots.map((spot) => found(spot, this.language));
      this.show(MESSAGES[this.language].searchFound(spots.length));
      return;
    }
    const asking = new AbortController();
    this.asking = asking;
    const t = MESSAGES[this.language];
    try {
      const page = await api.search(q, this.language, asking.signal);
      if (asking.signal.aborted) return;
      this.results = page.features.map((each) => result(each as unknown as Feature));
      this.show(this.told(q));
    } catch {
      if (asking.signal.aborted) return;
      this.results = [];
      this.show(t.searchFailed);
    }
  }

  /** The place of coordinates; first the other way round where they are on the map only with longitude first. */
  private spots(q: string): Spot[] {
    const spot = parseSpot(q);
    if (!spot) return [];
    const turned = { lat: spot.lon, lon: spot.lat };
    return !this.holds(spot) && this.holds(turned) ? [turned, spot] : [spot];
  }

  /** What those who do not see the list hear of it. */
  private told(q: string): string {
    const t = MESSAGES[this.language];
    if (this.results.length === 0) return t.searchNothing(q);
    return (this.isSimilar ? t.searchAlike : t.searchFound)(this.results.length);
  }

  private get isSimilar(): boolean {
    return this.results[0]?.approximate ?? false;
  }

  private show(status: string): void {
    this.list.replaceChildren(
      ...this.results.map((each, index) =>
        h(
          'li',
          {
            id: `search-${index}`,
            role: 'option',
            'aria-selected': 'false',
            click: () => this.choose(index),
            mousemove: () => this.mark(index),
          },
          h('span', { class: 'search-name' }, each.name),
          h('span', { class: 'search-layer' }, each.layer_title),
        ),
      ),
    );
    this.status.textContent = status;
    this.status.classList.toggle('quiet', this.results.length > 0);
    this.mark(this.results.length > 0 ? 0 : -1);
    this.open(document.activeElement === this.input);
  }

  private open(open: boolean): void {
    const filled = open && this.input.value.trim() !== '';
    this.list.hidden = !filled || this.results.length === 0;
    this.similar.hidden = this.list.hidden || !this.isSimilar;
    this.status.hidden = !filled;
    this.input.setAttribute('aria-expanded', String(!this.list.hidden));
  }

  private mark(index: number): void {
    this.active = index;
    [...this.list.children].forEach((option, i) => {
      option.setAttribute('aria-selected', String(i === index));
      if (i === index) option.scrollIntoView({ block: 'nearest' });
    });
    if (index >= 0) this.input.setAttribute('aria-activedescendant', `search-${index}`);
    else this.input.removeAttribute('aria-activedescendant');
  }

  private choose(index: number): void {
    const chosen = this.results[index];
    if (!chosen) return;
    this.input.value = chosen.name;
    this.open(false);
    this.chosen = true;
    this.pick(chosen);
  }

  private key(event: KeyboardEvent): void {
    const last = this.results.length - 1;
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (this.list.hidden && this.status.hidden) this.clear();
      else this.open(false);
    } else if (event.key === 'Enter') {
      this.choose(this.active);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (last < 0) return;
      this.open(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.mark((this.active + step + last + 1) % (last + 1));
    }
  }
}

const found = (spot: Spot, language: Language): Result => ({
  id: '',
  layer: '',
  layer_title: MESSAGES[language].coordinates,
  name: spotText(spot, language),
  approximate: false,
  bbox: undefined,
  point: [spot.lon, spot.lat],
  spot,
});

function result(feature: Feature): Result {
  const found = feature.properties as Properties & Found;
  const point = feature.geometry?.type === 'Point' ? feature.geometry.coordinates : undefined;
  const [lon, lat] = point ?? [];
  return {
    id: String(feature.id),
    layer: found.layer,
    layer_title: found.layer_title,
    name: found.name,
    approximate: found.approximate,
    bbox: feature.bbox,
    point: lon !== undefined && lat !== undefined ? [lon, lat] : undefined,
  };
}

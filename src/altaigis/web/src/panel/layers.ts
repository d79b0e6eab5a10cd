/** The list of layers: by theme, each with its switch, its key, its description and its data. */

import { collectionAddress, definitionAddress, fileAddress, itemsAddress, legendAddress } from '../api';
import { BACKGROUNDS, type Background } from '../background';
import type { Collection, Language, Theme } from '../contract';
import { h } from '../dom';
import { isCrowd, type LayerData } from '../feature';
import { type Form, formOf } from '../form';
import { date, number } from '../format';
import { MESSAGES, type Messages } from '../i18n';
import { markIcon, sample } from '../mark';

export interface LayerRow {
  collection: Collection;
  on: boolean;
  /** 0 to 1. */
  opacity: number;
  /** Whether it can be put higher, and lower, among the layers that cover the ground. */
  rise: boolean;
  sink: boolean;
  data?: LayerData | undefined;
  /** It is on, and has not come. */
  failed: boolean;
}

export interface LayerActions {
  toggle: (id: string, on: boolean) => void;
  fade: (id: string, opacity: number) => void;
  /** Put it higher (-1) or lower (1). */
  move: (id: string, by: -1 | 1) => void;
  /** Tell how a result was made. */
  explain: (id: string) => void;
}

/** A theme of more layers is folded until one of them is on or somebody opens it. */
const FOLDED = 12;

/** What a layer can be downloaded as, beside GeoJSON; its page has more. */
const FILES = [
  ['csv', 'CSV'],
  ['excel', 'Excel (CSV)'],
  ['gpkg', 'GeoPackage'],
] as const;

const THEMES = Object.keys(MESSAGES.ru.themes) as Theme[];

export class LayerList {
  private rows: readonly LayerRow[] = [];
  private backgrounds: readonly string[] = [];
  private language: Language = 'ru';
  private readonly filter = h('input', {
    type: 'search',
    class: 'filter',
    'data-testid': 'filter',
    input: () => this.draw(),
  });
  private readonly groups = h('div', {});
  readonly element = h('div', { class: 'layers', 'data-testid': 'layers' }, this.filter, this.groups);
  private readonly made = new Map<string, { row: LayerRow; language: Language; element: HTMLElement }>();

  constructor(private readonly actions: LayerActions) {}

  /** `backgrounds` are those that are on. */
  render(rows: readonly LayerRow[], backgrounds: readonly string[], language: Language): void {
    const arranged =
      language === this.language &&
      isEqual(backgrounds, this.backgrounds) &&
      isEqual(
        rows.map(({ collection }) => collection),
        this.rows.map(({ collection }) => collection),
      );
    Object.assign(this, { rows, backgrounds, language });
    if (arranged && this.made.size > 0) {
      this.settle();
      return;
    }
    const t = MESSAGES[language];
    this.filter.placeholder = t.filterLayers;
    this.filter.setAttribute('aria-label', t.filterLayers);
    this.draw();
  }

  /** The rows stay where they are, and say what is so now. */
  private settle(): void {
    const focused = controlInFocus();
    for (const row of this.rows) {
      const element = this.row(row, this.language, MESSAGES[this.language]);
      const folded = element.closest<HTMLDetailsElement>('.folded');
      if (row.on && folded) folded.open = true;
    }
    this.focus(focused);
  }

  private focus(control: string | null): void {
    if (control && control !== controlInFocus())
      this.groups.querySelector<HTMLElement>(`[data-control="${CSS.escape(control)}"]`)?.focus();
  }

  private draw(): void {
    const { rows, backgrounds, language } = this;
    const t = MESSAGES[language];
    const words = this.filter.value.trim().toLocaleLowerCase(language);
    const open = new Set(
      [...this.groups.querySelectorAll('details[open]')].map((each) => each.getAttribute('data-about')),
    );
    const focused = controlInFocus();
    if (rows.length === 0) {
      this.groups.replaceChildren(h('div', { class: 'skeleton', 'aria-hidden': 'true' }));
      return;
    }
    const groups = THEMES.map((theme) => {
      const ofTheme = rows.filter(
        (row) => row.collection['altai:theme'] === theme && isAbout(row.collection, words, language),
      );
      const isTable = (row: LayerRow) => row.collection['altai:kind'] === 'table';
      if (theme === 'analysis') ofTheme.sort(newestFirst);
      // What can be switched first, what can only be read or downloaded after it.
      const members = [...ofTheme.filter((row) => !isTable(row)), ...ofTheme.filter(isTable)];
      if (members.length === 0) return null;
      const items = members.map((row) => this.row(row, language, t));
      if (members.length <= FOLDED) return group(t.themes[theme], items);
      return foldedGroup(theme, t, items, words !== '' || open.has(theme) || members.some((row) => row.on));
    });
    const found = groups.filter((each) => each !== null);
    const nothing = h('p', { class: 'quiet', role: 'status' }, t.filterNothing(this.filter.value.trim()));
    this.groups.replaceChildren(
      ...(found.length > 0 ? found : [nothing]),
      group(
        t.base,
        BACKGROUNDS.map((id) => this.background(id, backgrounds.includes(id), open.has(id), t)),
      ),
    );
    this.focus(focused);
  }

  /** A row is made once in each language; later it is brought in line where it would say something else. */
  private row(row: LayerRow, language: Language, t: Messages): HTMLElement {
    const { collection } = row;
    const known = this.made.get(collection.id);
    const made = known?.language === language && known.row.collection === collection;
    const element = made ? known.element : this.newRow(row, language, t, isOpen(known?.element));
    if (!made || !isSame(known.row, row)) this.furnish(element, row, language, t);
    const fader = element.querySelector<HTMLInputElement>('.fader input');
    if (fader) fader.value = String(row.opacity);
    this.made.set(collection.id, { row, language, element });
    return element;
  }

  private newRow({ collection, on }: LayerRow, language: Language, t: Messages, open: boolean): HTMLElement {
    const { id, title } = collection;
    const table = collection['altai:kind'] === 'table';
    const name = table ? h('span', { class: 'layer-title' }, title) : this.switch(id, title, on);
    const line = h('div', { class: 'layer-line' }, name);
    const details = about(collection, open, language, t);
    const row = h('li', { 'data-testid': `layer-${id}` }, line, details);
    if (isResult(collection)) {
      const of = h('small', { class: 'made-on' }, date(collection.updated ?? '', language));
      name.querySelector('.layer-title')?.append(of);
      const explain = () => this.actions.explain(id);
      const button = h('button', { type: 'button', 'data-testid': 'explain', click: explain }, t.howMade);
      details.querySelector('.links')?.prepend(button);
    }
    return row;
  }

  /** What a row says while its layer is on. The rest stays: the pointer or the focus may be on it. */
  private furnish(element: HTMLElement, row: LayerRow, language: Language, t: Messages): void {
    element.className = row.on ? 'layer on' : 'layer';
    const input = element.querySelector<HTMLInputElement>('.switch input');
    if (input) input.checked = row.on;
    for (const former of element.querySelectorAll(':scope > .key, .fader, .mover, .not-loaded'))
      former.remove();
    if (!row.on) return;
    const isEmpty = row.collection.itemCount === 0;
    const said = row.failed ? t.notLoaded : isEmpty ? t.isEmpty : null;
    const line = element.querySelector('.layer-line');
    line?.after(said ? h('p', { class: 'quiet not-loaded' }, said) : (key(row, language) ?? ''));
    const mover = row.rise || row.sink ? [this.mover(row, t)] : [];
    element.querySelector('.about-text')?.prepend(this.fader(row, t), ...mover);
  }

  private background(id: Background, on: boolean, open: boolean, t: Messages): HTMLElement {
    return h(
      'li',
      { class: on ? 'layer on' : 'layer', 'data-testid': `layer-${id}` },
      h('div', { class: 'layer-line' }, this.switch(id, t[id], on)),
      disclosure(id, t[id], open, t, h('p', {}, t[`${id}About`])),
    );
  }

  private fader({ collection, opacity }: LayerRow, t: Messages): HTMLElement {
    const { id, title } = collection;
    const input = h('input', {
      type: 'range',
      min: 0.1,
      max: 1,
      step: 0.05,
      'data-control': `fade-${id}`,
      'aria-label': t.opacityOf(title),
      input: (event: Event) => this.actions.fade(id, Number((event.currentTarget as HTMLInputElement).value)),
    });
    input.value = String(opacity);
    return h('label', { class: 'fader' }, h('span', {}, t.opacity), input);
  }

  /** Two buttons that put the layer over or under the next one. */
  private mover({ collection: { id, title }, rise, sink }: LayerRow, t: Messages): HTMLElement {
    const button = (by: -1 | 1, sign: string, text: string, able: boolean) =>
      h(
        'button',
        {
          type: 'button',
          'data-control': `move-${by}-${id}`,
          'data-testid': by < 0 ? 'rise' : 'sink',
          'aria-label': `${text}: ${title}`,
          title: text,
          // Not disabled: who has moved a layer to the end would lose the focus with the button.
          'aria-disabled': String(!able),
          click: () => able && this.actions.move(id, by),
        },
        sign,
      );
    return h(
      'div',
      { class: 'mover' },
      h('span', {}, t.order),
      button(-1, '↑', t.rise, rise),
      button(1, '↓', t.sink, sink),
    );
  }

  private switch(id: string, title: string, on: boolean): HTMLElement {
    const change = (event: Event) =>
      this.actions.toggle(id, (event.currentTarget as HTMLInputElement).checked);
    const input = h('input', { type: 'checkbox', role: 'switch', 'data-control': id, change });
    input.checked = on;
    return h(
      'label',
      { class: 'switch' },
      input,
      h('span', { class: 'track' }),
      h('span', { class: 'layer-title' }, title),
    );
  }
}

/** The result of a run, which somebody has asked for. */
const isResult = (collection: Collection): boolean =>
  collection['altai:theme'] === 'analysis' && collection['altai:maker'] !== undefined;

const newestFirst = (one: LayerRow, other: LayerRow): number =>
  (other.collection.updated ?? '').localeCompare(one.collection.updated ?? '');

const controlInFocus = (): string | null => document.activeElement?.getAttribute('data-control') ?? null;

const isOpen = (row: HTMLElement | undefined): boolean => row?.querySelector('details')?.open ?? false;

const isEqual = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((each, i) => each === others[i]);

/** Whether two rows are told alike; how opaque a layer is, its slider tells by itself. */
const isSame = (one: LayerRow, other: LayerRow): boolean =>
  one.collection === other.collection &&
  one.on === other.on &&
  one.data === other.data &&
  one.failed === other.failed &&
  one.rise === other.rise &&
  one.sink === other.sink;

/** Whether a layer has all the words in its title, description or id. */
function isAbout(collection: Collection, words: string, language: Language): boolean {
  const { id, title, description } = collection;
  const text = `${title} ${description ?? ''} ${id}`.toLocaleLowerCase(language);
  return words.split(/\s+/).every((word) => text.includes(word));
}

const group = (title: string, rows: HTMLElement[]): HTMLElement =>
  h('section', { class: 'group' }, h('h2', {}, title), h('ul', {}, ...rows));

const foldedGroup = (theme: Theme, t: Messages, rows: HTMLElement[], open: boolean): HTMLElement =>
  h(
    'section',
    { class: 'group' },
    h(
      'details',
      { class: 'folded', 'data-about': theme, open },
      h('summary', {}, h('h2', {}, t.themes[theme]), h('span', { class: 'count' }, t.layersIn(rows.length))),
      h('ul', {}, ...rows),
    ),
  );

function disclosure(
  id: string,
  title: string,
  open: boolean,
  t: Messages,
  ...content: (HTMLElement | null)[]
): HTMLElement {
  return h(
    'details',
    { class: 'about-layer', 'data-about': id, open },
    h(
      'summary',
      { 'aria-label': t.detailsOf(title), title: t.details },
      h('span', { 'aria-hidden': 'true' }, 'i'),
    ),
    h('div', { class: 'about-text' }, ...content),
  );
}

function about(collection: Collection, open: boolean, language: Language, t: Messages): HTMLElement {
  const { id, description, itemCount, attribution, license, updated } = collection;
  const kind = collection['altai:kind'];
  const link = (href: string, text: string) => h('a', { href, target: '_blank', rel: 'noopener' }, text);
  const links = [link(collectionAddress(id), t.page)];
  if (kind !== 'raster')
    links.push(
      link(`${collectionAddress(id)}#findings`, t.quality),
      link(itemsAddress(id), t.geojson),
      ...FILES.map(([format, title]) => link(fileAddress(id, format), title)),
    );
  if (collection['altai:style'])
    links.push(
      link(definitionAddress(id, language), t.definition),
      link(legendAddress(id, language), t.legendPicture),
    );
  const counted = kind === 'table' ? t.rows : t.objects;
  return disclosure(
    id,
    collection.title,
    open,
    t,
    h('p', {}, description ?? '', itemCount !== undefined ? ` ${counted(itemCount)}.` : ''),
    h(
      'p',
      { class: 'source' },
      attribution ? `${t.source}: ${attribution}` : '',
      license ? ` · ${license}` : '',
    ),
    updated ? h('p', { class: 'source' }, `${t.updated}: ${date(updated, language)}`) : null,
    h('p', { class: 'links', 'data-count': number(itemCount ?? 0, language, 0) }, ...links),
  );
}

/** The short key below a layer that is on; classes and rasters have theirs in the legend. */
function key({ data }: LayerRow, language: Language): HTMLElement | null {
  if (!data) return null;
  const { style } = data;
  const form = formOf(data);
  if (style.kind === 'simple')
    return style.title ? keyList([[icon(style.symbol, form), style.title[language]]]) : null;
  if (style.kind !== 'categories') return null;
  const present = new Set(data.features.map((feature) => String(feature.properties?.[style.field])));
  const many = isCrowd(data.collection);
  const known = style.categories.filter((category) => many || present.has(String(category.value)));
  return keyList(known.map((category) => [icon(category.symbol, form), category.title[language]]));
}

function icon(mark: Parameters<typeof markIcon>[0], form: Form): SVGSVGElement {
  if (form === 'point') return markIcon(mark);
  return sample(mark, form === 'land' ? 'area' : form);
}

const keyList = (entries: [SVGSVGElement, string][]): HTMLElement =>
  h(
    'ul',
    { class: 'key' },
    ...entries.map(([sign, text]) => h('li', {}, h('span', { class: 'key-sign' }, sign), text)),
  );

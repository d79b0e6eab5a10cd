/** What the map shows as a table in the drawer: of which layer. What is drawn comes when it is wanted. */

import type { Feature } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { Drawer } from '../drawer';
import type { LayerData } from '../feature';
import { Yielding } from '../map/yielding';
import type { Piece } from '../piece';
import { HOME_LAYER, type LayerStack, SPACE_LAYER, STATIONS_LAYER, UNITS_LAYER } from '../stack';
import type { State } from '../state';
import type { Thematic } from '../thematic/thematic';
import type { Observed } from './observed';
import type { TableSheet } from './sheet';
import { WORDS } from './words';

export interface TableEvents {
  changed: () => void;
  /** A row is pointed at. */
  point: (layer: string, feature: Feature | null) => void;
  /** A row is opened. */
  go: (layer: string, feature: Feature) => void;
}

/** The ground of the map, of which nobody asks a table. */
const GROUND = new Set([HOME_LAYER, SPACE_LAYER]);

export class Tables implements Piece {
  readonly button = h('button', {
    type: 'button',
    class: 'map-tool',
    'data-testid': 'table-open',
    click: () => this.toggle(),
  });
  private layer: string | null = null;
  private sheet: TableSheet | null = null;
  private readonly yielding: Yielding;

  constructor(
    private readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly thematic: Thematic,
    private readonly drawer: Drawer,
    private readonly events: TableEvents & { observed: () => Observed | null },
  ) {
    this.button.append('▤');
    this.nameButton();
    this.yielding = new Yielding(desk.view);
    desk.view.onMove(() => this.sheet?.moved());
  }

  get state(): State {
    return this.layer ? { table: this.layer } : {};
  }

  async open({ table, view }: State): Promise<string[]> {
    if (!table) {
      if (this.layer) this.drawer.close();
      return [];
    }
    if (!this.layers.some(({ collection }) => collection.id === table)) return [`table=${table}`];
    await this.show(table);
    if (!view) this.desk.view.showHome(false);
    return [];
  }

  async speak(): Promise<void> {
    this.nameButton();
    if (this.layer) await this.show(this.layer);
  }

  /** Open a table of what is told most of: the stations that are observed, the units, else the layer on top. */
  toggle(): void {
    if (this.layer) {
      this.drawer.close();
      return;
    }
    const ids = this.layers.map(({ collection }) => collection.id);
    const told = this.events.observed() ? STATIONS_LAYER : UNITS_LAYER;
    const first = ids.includes(told) ? told : ids[0];
    void this.show(first ?? UNITS_LAYER).then(this.yielding.begin());
  }

  /** Something else is on the map. */
  refresh(): void {
    if (this.layer) this.sheet?.refresh(this.layers, this.layer);
  }

  /** A feature is pointed at on the map. */
  hover(layer: string, feature: Feature | null): void {
    if (layer === this.layer) this.sheet?.light(feature && String(feature.id));
  }

  private nameButton(): void {
    const { open } = WORDS[this.desk.language];
    this.button.title = `${open} (t)`;
    this.button.setAttribute('aria-label', open);
  }

  /** What there can be a table of, the units as they are coloured now. */
  private get layers(): LayerData[] {
    return this.stack.shown.flatMap(({ collection, known }) => {
      if (known.kind !== 'vector' || GROUND.has(collection.id)) return [];
      const told = collection.id === UNITS_LAYER ? this.thematic.told : null;
      return [told ?? known.data];
    });
  }

  private async show(layer: string): Promise<void> {
    const { TableSheet } = await this.desk.during(import('./sheet'));
    const isNew = this.layer === null;
    const sheet =
      this.sheet ??
      new TableSheet(this.desk, this.stack, {
        ...this.events,
        choose: (chosen) => void this.show(chosen),
        file: (of) => (of === UNITS_LAYER ? this.thematic.valuesFile : null),
        observed: (of) => (of === STATIONS_LAYER ? this.events.observed() : null),
      });
    const title = WORDS[this.desk.language].title;
    if (isNew) this.drawer.open(title, sheet.element, () => this.leave());
    else this.drawer.fill(title, sheet.element);
    this.layer = layer;
    this.sheet = sheet;
    document.documentElement.classList.add('with-table');
    sheet.refresh(this.layers, layer);
    this.events.changed();
  }

  private leave(): void {
    this.events.point(this.layer ?? '', null);
    this.layer = this.sheet = null;
    document.documentElement.classList.remove('with-table');
    this.yielding.end();
    this.events.changed();
  }
}

/** The tab of analyses, whose panel is fetched when it is first opened; a link may name a run. */

import { collectionAddress, runOf } from '../api';
import type { Catalogue } from '../catalogue';
import type { Feature } from '../contract';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { Piece } from '../piece';
import type { State } from '../state';
import type { AnalysisEvents, AnalysisPanel } from './panel';

export class AnalysisTab implements Piece {
  readonly element = h('div', {});
  private job: string | null = null;
  private panel: AnalysisPanel | null = null;

  constructor(
    private readonly desk: Desk,
    private readonly catalogue: Catalogue,
    private readonly events: {
      changed: () => void;
      opened: () => void;
    } & Omit<AnalysisEvents, 'changed'>,
  ) {}

  get state(): State {
    return this.job ? { job: this.job } : {};
  }

  async open({ job, layers }: State): Promise<string[]> {
    if (!job || job === this.job) return [];
    this.events.opened();
    const panel = await this.load();
    if (!(await panel.open(job, layers === undefined))) return [`job=${job}`];
    this.job = job;
    return [];
  }

  /** The run that has made a layer; its page where the run has been forgotten. */
  async explain(layer: string): Promise<void> {
    const job = await this.desk.during(runOf(layer));
    this.events.opened();
    const missing = job ? await this.open({ job }) : [layer];
    if (missing.length > 0) location.assign(collectionAddress(layer));
    this.events.changed();
  }

  /** The tab is looked at. */
  show(): HTMLElement {
    if (!this.panel) void this.load().then((panel) => panel.render());
    return this.element;
  }

  /** A feature is pointed at on the map. */
  hover(layer: string, feature: Feature | null): void {
    this.panel?.light(layer, feature ? String(feature.id) : null);
  }

  async speak(): Promise<void> {
    if (!this.panel) return;
    await this.panel.render();
    if (this.job) await this.panel.open(this.job, false);
  }

  private async load(): Promise<AnalysisPanel> {
    const { AnalysisPanel } = await this.desk.during(import('./panel'));
    this.panel ??= new AnalysisPanel(this.desk, this.catalogue, {
      ...this.events,
      changed: (job) => {
        this.job = job;
        this.events.changed();
      },
    });
    this.element.replaceChildren(this.panel.element);
    return this.panel;
  }
}

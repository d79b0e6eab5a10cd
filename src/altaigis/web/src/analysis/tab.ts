/** The tab of analyses, whose panel is fetched when it is first opened; a link may name a run. */

import type { Catalogue } from '../catalogue';
import type { Desk } from '../desk';
import { h } from '../dom';
import type { Piece } from '../piece';
import type { State } from '../state';
import type { AnalysisPanel } from './panel';

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
      show: (layer: string) => Promise<void>;
    },
  ) {}

  get state(): State {
    return this.job ? { job: this.job } : {};
  }

  async open({ job }: State): Promise<string[]> {
    if (!job || job === this.job) return [];
    this.events.opened();
    const panel = await this.load();
    if (!(await panel.open(job))) return [`job=${job}`];
    this.job = job;
    return [];
  }

  /** The tab is looked at. */
  show(): HTMLElement {
    if (!this.panel) void this.load().then((panel) => panel.render());
    return this.element;
  }

  async speak(): Promise<void> {
    if (!this.panel) return;
    await this.panel.render();
    if (this.job) await this.panel.open(this.job);
  }

  private async load(): Promise<AnalysisPanel> {
    const { AnalysisPanel } = await this.desk.during(import('./panel'));
    this.panel ??= new AnalysisPanel(this.desk, this.catalogue, {
      changed: (job) => {
        this.job = job;
        this.events.changed();
      },
      show: this.events.show,
    });
    this.element.replaceChildren(this.panel.element);
    return this.panel;
  }
}

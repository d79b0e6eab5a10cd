/** What is to be shared: the map as it is seen now, with its title, legend, layers and sources. */

import { distinctSources } from '../attribution';
import { BACKGROUNDS } from '../background';
import type { Collection, Language } from '../contract';
import type { Desk } from '../desk';
import { formOf } from '../form';
import type { Monitoring } from '../monitoring/monitoring';
import { signs } from '../panel/keys';
import type { LayerStack } from '../stack';
import { STATIONS_LAYER } from '../stack';
import type { Choice } from '../thematic/choice';
import type { Numbers } from '../thematic/numbers';
import type { Thematic } from '../thematic/thematic';

export class Scene {
  constructor(
    readonly desk: Desk,
    private readonly stack: LayerStack,
    private readonly thematic: Thematic,
    private readonly monitoring: Monitoring,
    private readonly legend: HTMLElement,
  ) {}

  /** The legend, and the keys of marks and zones, which the living map has in its list of layers. */
  key(): HTMLElement {
    const { language } = this.desk;
    const key = this.legend.cloneNode(true) as HTMLElement;
    key.hidden = false;
    key.classList.add('shared-legend');
    for (const { collection, known } of this.stack.shown)
      if (known.kind === 'vector' && known.data.style.kind === 'categories')
        if (collection['altai:theme'] !== 'analysis' && !this.isHidden(collection))
          key.append(signs(known.data, known.data.style, language));
    return key;
  }

  /** The marks of the stations make room for the signs of what they observe. */
  private isHidden({ id }: Collection): boolean {
    return id === STATIONS_LAYER && this.monitoring.isOn;
  }

  /** What the map shows: its indicator and what the stations observe, else what fills it, else where it is. */
  get title(): string {
    const { language, t } = this.desk;
    const { numbers } = this;
    const told = [numbers?.title, this.monitoring.title].filter(Boolean);
    if (told.length > 0) return `${t.region}: ${told.join('; ')}`;
    const filled = this.stack.shown.find(({ known }) => known.kind === 'raster');
    return filled ? `${t.region}: ${filled.collection.title}` : (this.unitsTitle(language) ?? t.region);
  }

  /** The layers that are on, from the top of the map downwards. */
  get collections(): Collection[] {
    return this.stack.shown.map(({ collection }) => collection);
  }

  /** The indicator as it was chosen, and its values for a year. */
  get indicator(): { choice: Choice; numbers: Numbers } | null {
    const choice = this.thematic.state.indicator;
    return choice && this.numbers ? { choice, numbers: this.numbers } : null;
  }

  get sources(): string[] {
    const told = this.collections.flatMap(({ attribution }) => attribution ?? []);
    const { t } = this.desk;
    const outside = BACKGROUNDS.filter((id) => this.stack.on.has(id)).map((id) => t[`${id}Attribution`]);
    return distinctSources([
      ...(this.thematic.look?.collection.attribution ?? '').split(';'),
      ...told,
      ...outside,
    ]);
  }

  private get numbers(): Numbers | null {
    return this.thematic.shown;
  }

  /** What the areas are coloured by. */
  private unitsTitle(language: Language): string | null {
    for (const { known } of this.stack.shown)
      if (known.kind === 'vector' && known.data.style.kind === 'classes' && formOf(known.data) === 'area')
        return `${this.desk.t.region}: ${known.data.style.title[language]}`;
    return null;
  }
}

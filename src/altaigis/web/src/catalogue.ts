/** The layers that the server has, in the order in which the map is drawn. */

import * as api from './api';
import type { Collection, Language } from './contract';
import type { Bounds } from './map/view';

export class Catalogue {
  private members: Collection[] = [];

  /** Ask the server, with titles in a language. */
  async load(language: Language): Promise<void> {
    const found = await api.collections(language);
    // The list reads from the top of the map downwards.
    this.members = found.sort((a, b) => (b['altai:order'] ?? 100) - (a['altai:order'] ?? 100));
  }

  get all(): readonly Collection[] {
    return this.members;
  }

  find(id: string): Collection | undefined {
    return this.members.find((each) => each.id === id);
  }

  /** Ids of the layers that the map opens with. */
  get opened(): string[] {
    return this.members.filter((each) => each['altai:visible']).map((each) => each.id);
  }

  boxOf(id: string): Bounds | undefined {
    return this.find(id)?.extent?.spatial?.bbox[0];
  }
}

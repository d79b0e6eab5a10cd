/** Names that fields of a form choose from: of features, of numeric fields, of what is measured. */

import * as api from '../api';
import type { Catalogue } from '../catalogue';
import type { Language } from '../contract';
import { nameOf } from '../feature';
import { measured } from '../monitoring/read';
import type { Offered, Option } from './controls';
import type { NameRole } from './fields';

const NUMERIC = new Set(['number', 'integer']);

/** Asks the server; an empty list where it does not answer: what is filled in stays, and the JSON takes any. */
export function namesOf(catalogue: Catalogue, language: Language): Offered['names'] {
  const asked: Record<NameRole, (layer: string) => Promise<Option[]>> = {
    unit: async (layer) => {
      const { features } = await api.page(layer, { limit: 10_000, skipGeometry: 'true', links: 'false' });
      const collection = catalogue.find(layer);
      const named = features.map(({ id, ...feature }): Option => {
        const name = collection && nameOf({ id, ...feature }, collection, language);
        return [String(id), name ?? String(id)];
      });
      return named.sort((a, b) => a[1].localeCompare(b[1], language));
    },
    field: async (layer) => {
      const { properties } = await api.schema(layer, language);
      return Object.entries(properties).flatMap(([name, { type, title }]): Option[] =>
        NUMERIC.has(type ?? '') ? [[name, title ?? name]] : [],
      );
    },
    parameter: async () =>
      (await measured(language)).map(({ parameter, title }): Option => [parameter, title]),
  };
  return async (role, layer) => {
    try {
      return role !== 'parameter' && !catalogue.find(layer) ? [] : await asked[role](layer);
    } catch (cause) {
      if (cause instanceof api.ApiError) return [];
      throw cause;
    }
  };
}

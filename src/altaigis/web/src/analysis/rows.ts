/** What a chart of a result is drawn of: its features, or the rows of a table of its summary. */

import * as api from '../api';
import type { ChartTold, Collection, Field, Language, Style, Summary, Text } from '../contract';
import { nameOf } from '../feature';
import { symbolOf } from '../style';
import { WORDS } from './words';

export interface Row {
  id: string;
  name: string;
  values: Readonly<Record<string, unknown>>;
  /** None where it is as all the others. */
  colour: string | null;
}

export interface Material {
  chart: ChartTold;
  rows: Row[];
  fields: Record<string, Field>;
  language: Language;
}

/** What the page knows of layers, and of the units that a result may be of. */
export interface Known {
  find: (layer: string) => Collection | undefined;
  /** The short name, where the feature is a municipality. */
  unitName: (id: string) => string | null;
}

interface TableRow extends Record<string, unknown> {
  id?: string | number;
  type?: number;
  name?: string;
  name_en?: string;
  title?: Text;
  colour?: string;
}

/** Null where the result has nothing to draw. */
export async function materialOf(
  { chart, tables, figures }: Summary,
  layer: string,
  { find, unitName }: Known,
  language: Language,
): Promise<Material | null> {
  if (!chart) return null;
  const table = 'table' in chart && chart.table ? (tables[chart.table] as TableRow[]) : null;
  if (table && chart.kind !== 'profiles') {
    const unit = figures.low?.unit ?? (chart.kind === 'bars' ? '%' : undefined);
    const { columns } = WORDS[language];
    const field = (name: string): Field => ({
      title: columns[name] ?? name,
      ...(unit && { 'x-ogc-unit': unit }),
    });
    const names = chart.kind === 'scatter' ? [chart.x, chart.y] : [chart.value];
    const fields = Object.fromEntries(names.map((name) => [name, field(name)]));
    return { chart, rows: table.map((row) => rowOf(row, language)), fields, language };
  }
  const [schema, style] = await Promise.all([api.schema(layer, language), api.style(layer)]);
  const fields = schema.properties;
  if (table) return { chart, rows: table.map((row) => rowOf(row, language, style)), fields, language };
  const { features } = await api.page(layer, { limit: 10_000, skipGeometry: 'true', links: 'false' });
  const collection = find(layer);
  const rows = features.map((feature) => ({
    id: String(feature.id),
    name:
      unitName(String(feature.id)) ??
      (collection && nameOf(feature, collection, language)) ??
      String(feature.id),
    values: feature.properties ?? {},
    colour: symbolOf(style, feature.properties).fill,
  }));
  return { chart, rows, fields, language };
}

function rowOf(row: TableRow, language: Language, style?: Style): Row {
  const id = String(row.id ?? row.type);
  const name = row.title?.[language] ?? (language === 'en' ? row.name_en : undefined) ?? row.name ?? id;
  const colour = style?.kind === 'categories' ? symbolOf(style, { [style.field]: id }).fill : row.colour;
  return { id, name, values: row, colour: colour ?? null };
}

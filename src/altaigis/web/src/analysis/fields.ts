/** From the JSON schema of a process' inputs to the fields of a form, and from what was filled in to the inputs. */

/** The parts of a JSON schema that processes use. */
export interface JsonSchema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  nullable?: boolean;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  anyOf?: JsonSchema[];
  'x-role'?: string;
  'x-choices'?: Record<string, string>;
}

export interface InputDescription {
  title: string;
  description?: string;
  minOccurs: number;
  schema: JsonSchema;
}

export interface FieldOf<Kind extends string> {
  kind: Kind;
  name: string;
  title: string;
  help: string;
  required: boolean;
  usual: unknown;
}

export type Field =
  | (FieldOf<'choice'> & { options: [value: string, title: string][] })
  | (FieldOf<'number'> & { low?: number | undefined; high?: number | undefined; whole: boolean })
  | FieldOf<'flag'>
  | FieldOf<'text'>
  /** A layer of polygons, points or a raster. */
  | (FieldOf<'layer'> & { role: string })
  /** An indicator with a year, or several of them. */
  | (FieldOf<'indicator'> & { many: boolean })
  | (FieldOf<'group'> & { fields: Field[] });

const LAYER_ROLES = new Set(['polygons', 'points', 'raster', 'layer']);

/** Whether a value of this schema may be an indicator. */
const isVariable = (schema: JsonSchema | undefined): boolean =>
  Boolean(
    schema?.['x-role'] === 'indicator' ||
      schema?.properties?.indicator ||
      schema?.anyOf?.some((each) => isVariable(each)),
  );

/** The field for one input; null for what has no simple form and can be given as JSON alone. */
export function fieldOf(
  name: string,
  schema: JsonSchema,
  about: Partial<InputDescription> = {},
): Field | null {
  const common = {
    name,
    title: about.title ?? schema.title ?? name,
    help: about.description ?? schema.description ?? '',
    required: (about.minOccurs ?? 0) > 0,
    usual: schema.default,
  };
  if (schema.enum) {
    const titles = schema['x-choices'] ?? {};
    return {
      ...common,
      kind: 'choice',
      options: schema.enum.map((value) => [value, titles[value] ?? value]),
    };
  }
  if (schema.type === 'array' && isVariable(schema.items))
    return { ...common, kind: 'indicator', many: true };
  if (isVariable(schema)) return { ...common, kind: 'indicator', many: false };
  if (schema['x-role'] && LAYER_ROLES.has(schema['x-role']))
    return { ...common, kind: 'layer', role: schema['x-role'] };
  if (schema.type === 'integer' || schema.type === 'number') {
    const whole = schema.type === 'integer';
    return { ...common, kind: 'number', low: schema.minimum, high: schema.maximum, whole };
  }
  if (schema.type === 'boolean') return { ...common, kind: 'flag' };
  if (schema.type === 'string') return { ...common, kind: 'text' };
  if (schema.type === 'object' && schema.properties) {
    const fields = fieldsOf(schema.properties, new Set(schema.required));
    return fields.length > 0 ? { ...common, kind: 'group', fields } : null;
  }
  return null;
}

const fieldsOf = (properties: Record<string, JsonSchema>, required: ReadonlySet<string>): Field[] =>
  Object.entries(properties).flatMap(([name, schema]) => {
    const field = fieldOf(name, schema, required.has(name) ? { minOccurs: 1 } : {});
    return field ? [field] : [];
  });

export const inputFields = (inputs: Record<string, InputDescription>): Field[] =>
  Object.entries(inputs).flatMap(([name, input]) => fieldOf(name, input.schema, input) ?? []);

/** What was filled in, without what is left as it usually is. */
export function collect(
  fields: readonly Field[],
  filled: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const inputs: Record<string, unknown> = {};
  for (const field of fields) {
    const value = filled[field.name];
    if (value === undefined || value === '' || value === null) continue;
    if (field.kind === 'group') {
      const inner = collect(field.fields, value as Record<string, unknown>);
      if (Object.keys(inner).length > 0) inputs[field.name] = inner;
    } else if (Array.isArray(value) ? value.length > 0 : value !== field.usual) inputs[field.name] = value;
  }
  return inputs;
}

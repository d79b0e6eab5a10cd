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
  minItems?: number;
  maxItems?: number;
  nullable?: boolean;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
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
  /** Without it something else happens than with what is usual. */
  nullable: boolean;
  usual: unknown;
}

export type Field =
  | (FieldOf<'choice'> & { options: [value: string, title: string][] })
  | (FieldOf<'number'> & { low?: number | undefined; high?: number | undefined; whole: boolean })
  | FieldOf<'flag'>
  | FieldOf<'text'>
  /** A day, or the first and the last of several, as `2023-07-01/2023-07-15`. */
  | FieldOf<'days'>
  /** A layer of polygons, points or a raster. */
  | (FieldOf<'layer'> & { role: string })
  /** Something that the server has names for: of the features or the fields of a layer, or of its parameters. */
  | (FieldOf<'name'> & { role: NameRole })
  /** An indicator with a year. */
  | FieldOf<'indicator'>
  /** Several of them; `weighed`: with directions and weights. */
  | (FieldOf<'indicators'> & { weighed: boolean; least: number })
  | (FieldOf<'group'> & { fields: Field[] })
  /** One of several groups. */
  | (FieldOf<'either'> & { forms: { title: string; fields: Field[] }[] });

const NAME_ROLES = ['unit', 'field', 'parameter'] as const;
export type NameRole = (typeof NAME_ROLES)[number];
const LAYER_ROLES = new Set(['polygons', 'points', 'raster', 'layer']);

const forms = (schema: JsonSchema): JsonSchema[] => schema.anyOf ?? schema.oneOf ?? [];

/** Whether a value of this schema may be an indicator. */
const isVariable = (schema: JsonSchema | undefined): boolean =>
  Boolean(
    schema?.['x-role'] === 'indicator' ||
      schema?.properties?.indicator ||
      (schema && forms(schema).some((each) => isVariable(each))),
  );

const isWeighed = (schema: JsonSchema): boolean => forms(schema).some((each) => each.properties?.weight);

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
    nullable: schema.nullable === true,
    usual: schema.default,
  };
  const role = schema['x-role'] ?? '';
  const { type } = schema;
  if (schema.enum) {
    const titles = schema['x-choices'] ?? {};
    return {
      ...common,
      kind: 'choice',
      options: schema.enum.map((value) => [value, titles[value] ?? value]),
    };
  }
  if (type === 'array' && schema.items && isVariable(schema.items))
    return { ...common, kind: 'indicators', weighed: isWeighed(schema.items), least: schema.minItems ?? 0 };
  if (isVariable(schema)) return { ...common, kind: 'indicator' };
  if (role === 'days') return { ...common, kind: 'days' };
  if (LAYER_ROLES.has(role)) return { ...common, kind: 'layer', role };
  const named = NAME_ROLES.find((each) => each === role);
  if (named) return { ...common, kind: 'name', role: named };
  if (type === 'integer' || type === 'number')
    return {
      ...common,
      kind: 'number',
      low: schema.minimum,
      high: schema.maximum,
      whole: type === 'integer',
    };
  if (type === 'boolean') return { ...common, kind: 'flag' };
  if (type === 'string') return { ...common, kind: 'text' };
  if (type === 'object' && schema.properties) {
    // What nobody has to give has no parts that must be there.
    const fields = fieldsOf(schema.properties, new Set(common.required ? schema.required : []));
    return fields.length > 0 ? { ...common, kind: 'group', fields } : null;
  }
  return either(common, forms(schema));
}

function either(common: Omit<FieldOf<'either'>, 'kind'>, choices: readonly JsonSchema[]): Field | null {
  const found = choices.map(({ title = '', properties = {}, required }) => ({
    title,
    fields: fieldsOf(properties, new Set(required)),
  }));
  return found.length > 0 && found.every(({ fields }) => fields.length > 0)
    ? { ...common, kind: 'either', forms: found }
    : null;
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
    if (value === undefined || value === '') continue;
    if (value === null) {
      if (field.nullable && field.usual) inputs[field.name] = null;
    } else if (field.kind === 'group') {
      const inner = collect(field.fields, value as Record<string, unknown>);
      if (Object.keys(inner).length > 0) inputs[field.name] = inner;
    } else if (Array.isArray(value) ? value.length > 0 : value !== field.usual) inputs[field.name] = value;
  }
  return inputs;
}

/** The first and the last day of what `2023`, `2023-07`, `2023-07-15` or two of them with a slash mean. */
export function daysOf(text: string): [first: string, last: string] {
  const [begin = '', end = begin] = text.split('/');
  const [year = '', month = '01', day = '01'] = begin.split('-');
  const [lastYear, lastMonth = 12, lastDay] = end.split('-').map(Number);
  // the day before the first one of the next month
  const last = new Date(Date.UTC(lastYear ?? 0, lastMonth, 0)).toISOString().slice(0, 10);
  return [`${year}-${month}-${day}`, lastDay ? end : last];
}

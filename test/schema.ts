/** Whether a value is as a JSON Schema says, as far as our schemas go. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
}

/** `path: what`, for everything that is not as the schema says or not described by it. */
export function objections(schema: Schema, value: unknown, path = '$'): readonly string[] {
  if (schema.anyOf) {
    const all = schema.anyOf.map((option) => objections(option, value, path));
    return all.find((found) => found.length === 0) ?? all.flat();
  }
  if ('const' in schema) return schema.const === value ? [] : [`${path}: not ${schema.const}`];
  if (schema.enum) return schema.enum.includes(value) ? [] : [`${path}: ${value}`];
  const types = [schema.type ?? 'any'].flat();
  if (!types.some((type) => isOfType(type, value))) return [`${path}: not ${types}`];
  return contentObjections(schema, value, path);
}

function contentObjections(schema: Schema, value: unknown, path: string): readonly string[] {
  if (typeof value === 'string') return textObjections(schema, value, path);
  if (typeof value === 'number') {
    const { minimum = value, maximum = value } = schema;
    return value >= minimum && value <= maximum ? [] : [`${path}: ${value} out of range`];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => objections(schema.items ?? {}, item, `${path}[${at}]`));
  }
  return typeof value === 'object' && value !== null ? fieldObjections(schema, value, path) : [];
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'any') return true;
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object')
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function textObjections({ pattern, format }: Schema, value: string, path: string) {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$/.test(value);
  if (format === 'date-time' && !isTime) return [`${path}: not a time`];
  return pattern && !new RegExp(pattern).test(value) ? [`${path}: not ${pattern}`] : [];
}

function fieldObjections(schema: Schema, value: object, path: string): readonly string[] {
  const missing = (schema.required ?? []).filter((name) => !(name in value));
  const { properties, additionalProperties } = schema;
  return [
    ...missing.map((name) => `${path}.${name}: missing`),
    ...Object.entries(value).flatMap(([name, field]) => {
      const described = properties?.[name] ?? additionalProperties;
      if (described) return objections(described, field, `${path}.${name}`);
      return properties ? [`${path}.${name}: not described`] : [];
    }),
  ];
}

/** The fields of the filter language, and how their values are read. */
import type { Comparison, FilterTest, FilterTime, Listed, TextField } from '../model.ts';
import { numberIn, unixNs } from '../text.ts';

/** A field as it is written; `read` gives the test or says why the value is none. */
export interface Field {
  readonly names: readonly string[];
  readonly of: readonly Listed[];
  /** For messages: `dur>5s`. */
  readonly example: string;
  /** All values that there are, where there are few. */
  readonly members?: readonly string[];
  read(comparison: Comparison, value: string): FilterTest | string;
}

const everywhere: readonly Listed[] = ['traces', 'logs', 'metrics'];
const withSpans: readonly Listed[] = ['traces', 'logs'];

export const fields: readonly Field[] = [
  text('service', ['service', 'svc'], everywhere, 'service=cart*'),
  text('instance', ['instance', 'pod'], everywhere, 'instance=cart-7c9f'),
  text('scope', ['scope'], ['traces'], 'scope=*http*'),
  text('name', ['name', 'operation', 'op'], ['traces'], 'name="GET /cart"'),
  oneOf(
    'kind',
    ['kind'],
    ['traces'],
    ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'],
  ),
  oneOf('status', ['status'], ['traces'], ['unset', 'ok', 'error']),
  oneOf('layer', ['layer'], ['traces'], ['infrastructure', 'data', 'model', 'application']),
  text('label', ['label'], withSpans, 'label=incident'),
  id('trace', ['trace', 'trace_id'], 'trace=4bf92f35*'),
  id('span', ['span', 'span_id'], 'span=00f067aa0ba902b7'),
  text('event', ['event'], withSpans, 'event=exception'),
  text('body', ['body', 'message', 'msg'], ['logs'], 'body=*timeout*'),
  text('template', ['template', 'template_id'], ['logs'], 'template=1f3a*'),
  text('statement', ['statement'], ['logs'], 'statement="disk full*"'),
  text('metric', ['metric'], ['metrics'], 'metric=gen_ai.*'),
  text('unit', ['unit'], ['metrics'], 'unit=ms'),
  oneOf(
    'type',
    ['type'],
    ['metrics'],
    ['gauge', 'sum', 'histogram', 'exponential-histogram', 'summary'],
  ),
  {
    names: ['dur', 'duration'],
    of: ['traces'],
    example: 'dur>5s',
    read(comparison, value) {
      const ns = durationNs(value);
      return ns === null ? durationNeeded : { test: 'duration', comparison, ns };
    },
  },
  {
    names: ['value'],
    of: ['metrics'],
    example: 'value>=0.9',
    read(comparison, value) {
      const number = numberIn(value);
      return number === null ? 'a number is needed' : { test: 'value', comparison, value: number };
    },
  },
  { names: ['sev', 'severity', 'level'], of: ['logs'], example: 'sev>=warn', read: readSeverity },
  time('since'),
  time('until'),
];

function text(
  field: TextField,
  names: readonly string[],
  of: readonly Listed[],
  example: string,
): Field {
  return {
    names,
    of,
    example,
    read: (comparison, pattern) => equality(comparison, { test: 'text', field, pattern }),
  };
}

function oneOf(
  field: TextField,
  names: readonly string[],
  of: readonly Listed[],
  members: readonly string[],
): Field {
  return {
    names,
    of,
    example: `${names[0]}=${members.at(-1)}`,
    members,
    read(comparison, value) {
      const pattern = value.toLowerCase();
      if (pattern.includes('*') || members.includes(pattern)) {
        return equality(comparison, { test: 'text', field, pattern });
      }
      return `one of ${members.join(', ')} is needed`;
    },
  };
}

function id(field: TextField, names: readonly string[], example: string): Field {
  return {
    names,
    of: withSpans,
    example,
    read(comparison, value) {
      const pattern = value.toLowerCase();
      if (!/^[0-9a-f*]+$/.test(pattern)) return 'an id of hex digits is needed, * for any';
      return equality(comparison, { test: 'text', field, pattern });
    },
  };
}

/** `!=` of a text is the parser's to negate; the order of texts says nothing. */
function equality(comparison: Comparison, test: FilterTest): FilterTest | string {
  return comparison === '=' ? test : 'only = and != make sense here';
}

function time(edge: 'since' | 'until'): Field {
  return {
    names: [edge],
    of: everywhere,
    example: `${edge}:-10m`,
    read(_, value) {
      const found = filterTime(value);
      return found === null
        ? 'a time is needed: 2026-07-12T14:02Z, or -10m before the end of the data'
        : { test: 'time', edge, time: found };
    },
  };
}

const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
};

/** What a value that should be a duration is told. */
export const durationNeeded = 'a duration has a unit: 250us, 40ms, 5s, 2m, 1h';

/** Nanoseconds of `5s`, `1.5ms`; null if it is none. */
export function durationNs(value: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)$/.exec(value) ?? [];
  return number === undefined ? null : Number(number) * (unitNs[unit as string] as number);
}

function filterTime(value: string): FilterTime | null {
  if (value.startsWith('-')) {
    const beforeEndNs = durationNs(value.slice(1));
    return beforeEndNs === null ? null : { beforeEndNs };
  }
  const found = unixNs(value);
  return found === null ? null : { unixNs: found };
}

/** The first of the four numbers that each name of the OTLP log data model has. */
export const severities: ReadonlyMap<string, number> = new Map([
  ['trace', 1],
  ['debug', 5],
  ['info', 9],
  ['warn', 13],
  ['warning', 13],
  ['error', 17],
  ['err', 17],
  ['fatal', 21],
  ['critical', 21],
]);

/** The number of a name; null: it names no severity. */
export const severityOf = (name: string): number | null =>
  severities.get(name.toLowerCase()) ?? null;

function readSeverity(comparison: Comparison, value: string): FilterTest | string {
  const low = severities.get(value.toLowerCase());
  if (low !== undefined) return { test: 'severity', comparison, low, high: low + 3 };
  const number = Number(value);
  if (/^\d+$/.test(value) && number <= 24) {
    return { test: 'severity', comparison, low: number, high: number };
  }
  return 'one of trace, debug, info, warn, error, fatal, or a number from 0 to 24 is needed';
}

/** Names of the fields of that list, as they are mostly written. */
export const fieldNames = (of: Listed): readonly string[] =>
  fields.filter((field) => field.of.includes(of)).map(({ names: [name = ''] }) => name);

/** All values that the field of that name can have; empty where there are many. */
export const fieldValues = (name: string): readonly string[] =>
  fields.find(({ names }) => names.includes(name))?.members ?? [];

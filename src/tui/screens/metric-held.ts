/** What can be taken of a series, or of what drifted. */
import type { SeriesLine } from '../../model.ts';
import { safe } from '../glyphs.ts';
import { filterValue, type Held, sqlText } from '../held.ts';
import { type DriftItem, nameOf } from './metric-drift.ts';

/** `instance`: left out, of any. */
const pointsSql = (metric: string, service: string, instance?: string | null): string => {
  const one = instance === undefined ? '' : ` AND instance IS ${sqlOf(instance)}`;
  return `SELECT time, value, count, sum, instance, attributes FROM metric_points WHERE metric = ${sqlText(metric)} AND service = ${sqlText(service)}${one} ORDER BY time_ns`;
};

const sqlOf = (text: string | null): string => (text === null ? 'NULL' : sqlText(text));

/** A series, to be copied or noted. */
export function heldSeries(one: SeriesLine): Held {
  const { metric, unit, service, instance, attributes, sides, distance } = one;
  return {
    what: `series ${safe(metric, 60)}`,
    target: `service:${service}`,
    id: metric,
    facts: {
      metric,
      unit,
      service,
      instance,
      attributes: JSON.stringify(attributes),
      before: sides.baseline?.median ?? null,
      incident: sides.incident?.median ?? null,
      moved: distance === null ? null : Number(distance.toFixed(2)),
    },
    sql: pointsSql(metric, service, instance).replace(
      ' ORDER BY',
      ` AND attributes = ${sqlText(JSON.stringify(attributes))} ORDER BY`,
    ),
    command: ['metrics', `metric=${filterValue(metric)}`, `service=${filterValue(service)}`],
  };
}

/** A row of what drifted, to be copied or noted. */
export function heldItem(item: DriftItem): Held {
  const { service } = item.kind === 'signal' ? item.signal : item.change;
  const base = { target: `service:${service}`, id: nameOf(item), command: ['drift', '--all'] };
  if (item.kind === 'change') {
    const { kind, key, from, to, at } = item.change;
    const sql = `SELECT trace_id, span_id, start_time FROM spans WHERE service = ${sqlText(service)} ORDER BY start_ns`;
    return {
      ...base,
      what: `change of ${safe(key, 60)}`,
      facts: { kind, service, key, from, to, at },
      sql,
    };
  }
  const { name, outcome, layer, baseline, incident, effect, q, onset, origin } = item.signal;
  return {
    ...base,
    what: `signal ${safe(name, 60)}`,
    facts: {
      signal: name,
      service,
      layer,
      outcome,
      before: baseline,
      incident,
      effect: effect.value,
      q,
      onset,
    },
    sql: origin === 'span' ? spansSql(name, service) : partSql(name, service),
  };
}

/** Spans that carry the attribute, with its values. */
function spansSql(attribute: string, service: string): string {
  const value = `attributes ->> ${sqlText(`$.${JSON.stringify(attribute)}`)}`;
  return `SELECT start_time, ${value} AS value, name, trace_id, span_id FROM spans WHERE service = ${sqlText(service)} AND ${value} IS NOT NULL ORDER BY start_ns, trace_id, span_id`;
}

/** Points of a metric; of a part of it, "metric (cart, eu)", those that have these values. */
function partSql(name: string, service: string): string {
  const [, metric = name, part = ''] = /^(.*?) \((.*)\)$/.exec(name) ?? [];
  const having = part
    .split(', ')
    .filter((value) => value !== '')
    .map((value) => ` AND instr(attributes, ${sqlText(value)})`);
  return pointsSql(metric, service).replace(' ORDER BY', `${having.join('')} ORDER BY`);
}

/** What spans share: read once for all of them. */
import type { Database } from 'better-sqlite3';
import type { HeadView } from '../../features/index.ts';
import type { Attributes, SpanEvent } from '../../model.ts';
import { renamer, setsApart } from '../../semantics/index.ts';
import { mappingOf } from './mapping.ts';
import { parseAttributes } from './rows.ts';

type HeadRow = [
  id: number,
  resourceId: number,
  service: string,
  instance: string | null,
  resource: string,
  name: string,
  kind: HeadView['kind'],
  status: HeadView['status'],
  statusMessage: string,
  attributes: string,
];

const noEvents: readonly SpanEvent[] = [];

/** Heads remembered at once. */
const mostHeads = 200_000;

/** Heads that came together are asked for together: so many are read by one statement. */
const together = 64;

/** Heads by id; resources and scopes are few and are read once each. */
export function headReader(db: Database): (id: number) => HeadView {
  const rename = renamer(mappingOf(db));
  const known = new Map<number, HeadView>();
  const alikeOf = alikeFinder();
  const resources = new Map<string, Attributes>();
  const near = nearRows(db);
  const resourceOf = (text: string): Attributes => {
    const resource = resources.get(text) ?? rename(parseAttributes(text));
    if (resources.size >= mostHeads) resources.clear();
    resources.set(text, resource);
    return resource;
  };
  return (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const row = near(id);
    const [, , service, instance, resourceText, name, kind, status, statusMessage, text] = row;
    const attributes = rename(parseAttributes(text));
    const head: HeadView = {
      ...{ service, instance, name, kind, status, statusMessage, attributes },
      resource: resourceOf(resourceText),
      events: noEvents,
      alike: alikeOf(row, attributes),
    };
    if (known.size >= mostHeads) known.clear();
    known.set(id, head);
    return head;
  };
}

/** One row, with those around it read as well. */
function nearRows(db: Database): (id: number) => HeadRow {
  const find = db
    .prepare(/* sql */ `SELECT head_id, resource_id, r.service, r.instance, r.attributes, h.name,
      h.kind, h.status, h.status_message, h.attributes
      FROM span_head h JOIN resource r USING (resource_id) WHERE head_id BETWEEN ? AND ?`)
    .raw();
  const waiting = new Map<number, HeadRow>();
  return (id) => {
    let row = waiting.get(id);
    if (row === undefined) {
      if (waiting.size >= mostHeads) waiting.clear();
      const first = id - (id % together);
      for (const near of find.all(first, first + together - 1) as HeadRow[]) {
        if (near[0] === id) row = near;
        else waiting.set(near[0], near);
      }
    }
    waiting.delete(id);
    return row as HeadRow;
  };
}

/** No text can look like the end of one and another. */
const measured = (text: string): string => `${text.length} ${text}`;

/**
 * The place for what is found of all spans that are alike (`ofAlike`): one for all heads that differ
 * in attributes only by which nothing is found. Ids of requests and threads make heads many.
 */
function alikeFinder(): (row: HeadRow, attributes: Attributes) => unknown[] {
  let places = new Map<string, unknown[]>();
  return ([, resourceId, , , , name, kind, status, statusMessage], attributes) => {
    // Joined by hand: JSON of it takes as long as all else that is done for a head.
    let text = `${resourceId} ${kind} ${status} ${measured(name)}${measured(statusMessage)}`;
    for (const attribute in attributes) {
      if (!setsApart(attribute)) continue;
      const value = attributes[attribute];
      const told = typeof value === 'string' ? `"${value}` : JSON.stringify(value);
      text += measured(attribute) + measured(told);
    }
    let place = places.get(text);
    if (place === undefined) {
      place = [];
      if (places.size >= mostHeads) places = new Map();
      places.set(text, place);
    }
    return place;
  };
}

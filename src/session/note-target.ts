/** What a note can be about: a thing of the case, as it is written behind `--on`. */
import { UserError } from '../errors.ts';
import type { QueryResult } from '../model.ts';
import type { Session } from '../session.ts';
import { nearestOf } from '../text/nearest.ts';

type Asked = Pick<Session, 'query' | 'log' | 'overview'>;

/** By kind, what follows it → the whole target, with ids written out. */
const kinds: Readonly<Record<string, (session: Asked, name: string) => Promise<string>>> = {
  service: async (session, name) => {
    const rows = await textsOf(await session.query('SELECT service FROM services ORDER BY 1'));
    const names = rows.map(([service = '']) => service);
    return `service:${known(name, names, 'service', 'aidebug graph lists the services.')}`;
  },
  trace: async (session, name) => {
    const id = hexOf(name, 'trace');
    const found = await textsOf(
      await session.query(`SELECT trace_id FROM traces WHERE trace_id GLOB '${id}*' LIMIT 2`),
    );
    const [traceId = ''] = only(found, `trace begins with ${id}`, 'aidebug traces lists them.');
    return `trace:${traceId}`;
  },
  span: async (session, name) => {
    const [trace = '', span = ''] = name.split('/');
    const ids = [hexOf(trace, 'trace'), hexOf(span, 'span')];
    const found = await textsOf(
      await session.query(/* sql */ `SELECT trace_id, span_id FROM spans
        WHERE trace_id GLOB '${ids[0]}*' AND span_id GLOB '${ids[1]}*' LIMIT 2`),
    );
    const hint = `Spans are TRACE/SPAN: aidebug trace ${ids[0]} lists those of a trace.`;
    const [traceId = '', spanId = ''] = only(found, `span begins with ${ids.join('/')}`, hint);
    return `span:${traceId}/${spanId}`;
  },
  log: async (session, name) => {
    await session.log(name);
    return `log:${name}`;
  },
  cause: async (session, name) => {
    const { diagnosis } = await session.overview();
    const names = diagnosis.causes.map(({ service, faultClass }) => `${service} ${faultClass}`);
    return `cause:${known(name, names, 'cause', 'aidebug causes lists them: SERVICE CLASS.')}`;
  },
};

/**
 * The target as it is kept, with ids written out.
 * @throws {UserError} if there is no such thing in the case.
 */
export async function noteTargetIn(session: Asked, target: string): Promise<string> {
  if (target === 'case') return target;
  const [, kind = target, name = ''] = /^([^:]*):(.*)$/s.exec(target) ?? [];
  const targetOf = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (targetOf && name !== '') return targetOf(session, name);
  const all = [
    'case',
    'service:NAME',
    'trace:ID',
    'span:TRACE/SPAN',
    'log:ID',
    'cause:SERVICE CLASS',
  ];
  const names = Object.keys(kinds);
  const near = targetOf ? null : nearestOf(kind, names);
  throw new UserError('usage', `a note cannot be on ${JSON.stringify(target)}`, {
    hint: `${near === null ? '' : `Did you mean ${near}:…? `}It is on one of: ${all.join(', ')}.`,
  });
}

/** The name, if it is one of them. */
function known(name: string, names: readonly string[], kind: string, hint: string): string {
  if (names.includes(name)) return name;
  const near = names.length > 0 ? nearestOf(name, names) : null;
  throw new UserError('usage', `no ${kind} is called ${JSON.stringify(name)}`, {
    hint: near === null ? hint : `Did you mean ${near}? ${hint}`,
  });
}

function hexOf(text: string, what: string): string {
  // Ids are shown cut, and pasted with what cuts them.
  const id = text.toLowerCase().replace(/(…|\.\.\.)$/, '');
  if (/^[0-9a-f]{1,32}$/.test(id)) return id;
  throw new UserError('usage', `${JSON.stringify(text)} is no id of a ${what}: hex digits`, {
    hint: 'aidebug traces lists traces, aidebug trace ID the spans of one.',
  });
}

function only(
  found: readonly (readonly string[])[],
  what: string,
  hint: string,
): readonly string[] {
  const [first, second] = found;
  if (!first) throw new UserError('usage', `no ${what}`, { hint });
  if (second) throw new UserError('usage', `more than one ${what}`, { hint: 'Give more digits.' });
  return first;
}

async function textsOf({ rows }: QueryResult): Promise<readonly (readonly string[])[]> {
  const all: (readonly string[])[] = [];
  for await (const row of rows) all.push(row.map(String));
  return all;
}

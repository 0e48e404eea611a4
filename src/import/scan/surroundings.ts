/** What the records of one scope have in common. */
import type { ResourceRecord, ScopeRecord } from '../../model.ts';
import type { Draft } from '../draft.ts';
import { parsed } from '../json-text.ts';
import type { Fields } from '../otlp/fields.ts';
import { resourceRecord, scopeRecord } from '../otlp/request.ts';

export interface Surroundings {
  readonly id: number;
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
}

/** Resources and scopes remembered by their text. */
const mostRemembered = 10_000;

/**
 * Resource and scope by their JSON texts ('' if absent); null if the plain decoder has something to
 * say of them.
 */
export function surroundingsReader(
  draft: Draft,
): (resource: string, schemaUrl: string, scope: string) => Surroundings | null {
  let known = new Map<string, Surroundings>();
  let ids = 0;
  return (resource, schemaUrl, scope) => {
    const text = `${resource}\n${schemaUrl}\n${scope}`;
    const found = known.get(text);
    if (found !== undefined) return found;
    const entry = { resource: parsed(resource || '{}'), schemaUrl, scope: parsed(scope || '{}') };
    if (entry.resource === undefined || entry.scope === undefined) return null;
    const before = draft.noted;
    const records = {
      resource: resourceRecord(draft, entry as Fields),
      scope: scopeRecord(draft, entry as Fields),
    };
    // Said once for every request, so it must not be remembered.
    if (draft.noted > before) return null;
    ids += 1;
    const made = { id: ids, ...records };
    if (known.size >= mostRemembered) known = new Map();
    known.set(text, made);
    return made;
  };
}

/** What the session is asked for at each place. */
import type { Overview } from '../model.ts';
import type { Session } from '../session.ts';
import type { Place, Question } from './screen.ts';
import { timeOf } from './screens/verdict.ts';

/** Reads the subject of a place. The overview is made once, and maybe elsewhere. */
export function readerOf(
  session: Session,
  overview: () => Promise<Overview>,
): (place: Place) => Promise<unknown> {
  return async (place) => {
    switch (place.screen) {
      case 'incident':
      case 'causes':
      case 'graph':
        return overview();
      case 'traces':
        return session.traces();
      case 'trace':
        return { data: await session.trace(place.traceId), spanId: place.spanId };
      case 'log':
        return session.log(place.id);
      case 'point':
        return session.point(place.metric, place.service, place.at);
    }
  };
}

/** Answers the questions of the screens. Rejects with a `UserError` for people. */
export function askerOf(session: Session): (question: Question) => Promise<unknown> {
  return async ({ ask, filter }) => {
    switch (ask) {
      case 'traces': {
        const { rows, columns } = await session.list('traces', filter, everyRow);
        const at = columns.indexOf('trace_id');
        const ids = new Set<string>();
        for await (const row of rows) ids.add(String(row[at]));
        return ids;
      }
    }
  };
}

const everyRow = { limit: null, brief: true, sort: null } as const;

/** The incident and how good the data are, in one line. */
export function contextOf({ diagnosis }: Overview): string {
  const { windows, dataQuality } = diagnosis;
  const { from, to } = windows.incident;
  return `incident ${timeOf(from)}–${timeOf(to)} UTC · data ${Math.floor(dataQuality.score * 100)}%`;
}

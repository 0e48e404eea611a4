/** Traces in the finder: those that pass a filter, or whose id begins so. They are looked up meanwhile. */
import { UserError } from '../errors.ts';
import type { TraceId } from '../model.ts';
import { parseFilter } from '../search/index.ts';
import { formatDuration } from '../text.ts';
import type { Findable } from './finder.ts';
import { count, counted } from './health.ts';
import type { MatchingTraces, Reply } from './screen.ts';

/** What is looked up for what was typed; null: nothing. */
export interface Sought {
  readonly filter: string;
  /** True: the text is the begin of an id. */
  readonly isId: boolean;
}

/** The answer to it. */
export interface Matched {
  readonly filter: string;
  readonly reply: Reply;
}

const idBegin = /^([0-9a-f]{4,32})$/i;
/** A filter compares something: words alone are names. */
const compares = /.[=<>:]/s;

/** The filter in the text, or why it is none; null: it was not meant as one. */
export function soughtIn(typed: string): Sought | { readonly problem: string } | null {
  const text = typed.replace(/^#\s*/, '');
  const id = idBegin.exec(text)?.[1]?.toLowerCase();
  if (id !== undefined) return { filter: `trace=${id}${id.length < 32 ? '*' : ''}`, isId: true };
  // Behind the sign words are a filter too.
  if (text === '' || (text === typed && !compares.test(text))) return null;
  try {
    parseFilter(text, 'traces');
    return { filter: text, isId: false };
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message };
    throw error;
  }
}

/** What there is to open by now. */
export function tracesFound(
  { filter, isId }: Sought,
  matched: Matched | null,
): readonly Findable[] {
  const reply = matched?.filter === filter ? matched.reply : null;
  if (reply && 'problem' in reply) return [];
  const answer = reply && (reply.answer as MatchingTraces);
  const all: Findable = {
    kind: 'traces',
    text: `traces matching ${filter}`,
    detail: answer ? counted(answer.total, 'trace') : 'looking …',
    go: { screen: 'traces', filter },
  };
  const first = (answer?.traces ?? []).map(
    ({ traceId, service, name, durationMs, failed }): Findable => ({
      kind: 'trace',
      text: `${traceId.slice(0, 8)} ${service} ${name}`,
      detail: `${durationMs === null ? '?' : formatDuration(durationMs)}${failed ? ' ✗ failed' : ''}`,
      go: { screen: 'trace', traceId: traceId as TraceId, spanId: null },
    }),
  );
  if (!isId) return [all, ...first];
  if (!answer) return [all];
  return answer.total > first.length
    ? [...first, { ...all, detail: `all ${count(answer.total)}` }]
    : first;
}

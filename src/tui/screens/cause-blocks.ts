/** One cause as a document: its parts add up to its score, and every claim opens what it cites. */
import type { Cause, CitedEvidence, Diagnosis, PublishedReference, TraceId } from '../../model.ts';
import {
  delayText,
  exemplarText,
  partsOf,
  referenceTexts,
  ruledOutText,
} from '../../report/index.ts';
import { plural, wrap } from '../../text.ts';
import { type Block, block, headed } from '../doc.ts';
import { safe } from '../glyphs.ts';
import { cell, emptyLine, type Line, line, type Style } from '../line.ts';
import { type Place, placeOf } from '../screen.ts';
import { timeOf } from './verdict.ts';

/** "3 support, 1 contradicts, 2 missing". */
export function counted({ evidence, missing }: Cause): string {
  const supports = evidence.filter(({ direction }) => direction === 'supports').length;
  const against = evidence.length - supports;
  return [
    plural(supports, 'supports', 'support'),
    ...(against > 0 ? [plural(against, 'contradicts', 'contradict')] : []),
    ...(missing.length > 0 ? [`${missing.length} missing`] : []),
  ].join(', ');
}

export function causeBlocks(
  cause: Cause | undefined,
  diagnosis: Diagnosis,
  columns: number,
): readonly Block[] {
  if (!cause) return [block([line('Nothing to show.')]), ...ruledOutBlocks(diagnosis, columns)];
  const weights = partsOf(
    cause.score,
    cause.evidence.map(({ weight }) => weight),
  );
  return [
    block(headLines(cause, weights, columns), graphAt(cause.service)),
    ...cause.evidence.flatMap((evidence, at) =>
      evidenceBlocks(evidence, weights[at] ?? '', cause.service, columns),
    ),
    ...cause.missing.map((what) => block(hung(what, '? missing ', columns, 'yellow'))),
    ...pathBlocks(cause, columns),
    ...exampleBlocks(cause),
    ...cause.nextChecks.map((command, at) =>
      under('Run next', at, wrap(safe(command), columns), placeOfCheck(command)),
    ),
    ...ruledOutBlocks(diagnosis, columns),
  ];
}

function headLines(cause: Cause, weights: readonly string[], columns: number): readonly Line[] {
  const { service, entity, operation, instance, layer, faultClass, band, confidence } = cause;
  const where = [
    safe(service, 60),
    ...(entity === `service:${service}` ? [] : [safe(entity, 80)]),
    ...(operation === null || entity.includes(operation)
      ? []
      : [`operation ${safe(operation, 80)}`]),
    ...(instance === null || entity.includes(instance) ? [] : [`instance ${safe(instance, 60)}`]),
  ].join(', ');
  const sum = `score ${cause.score.toFixed(3)} = ${weights.map(spaced).join(' ').replace(/^\+ /, '')}`;
  return [
    ...wrap(where, columns).map((part) => line(part, 'bold')),
    ...wrap(`${layer}, ${faultClass}: ${band}, confidence ${confidence.toFixed(2)}`, columns).map(
      (part) => line(part),
    ),
    ...wrap(safe(cause.summary), columns).map((part) => line(part)),
    ...wrap(sum, columns).map((part) => line(part, 'dim')),
    emptyLine,
  ];
}

/** "+0.410" as "+ 0.410". */
const spaced = (weight: string): string => `${weight.slice(0, 1)} ${weight.slice(1)}`;

/** Where a service can be seen: what calls it, what it calls, and how that went. */
const graphAt = (service: string): Place => ({ screen: 'graph', service });

/** The evidence, and below it every reference: each opens what it names. */
function evidenceBlocks(
  evidence: CitedEvidence,
  weight: string,
  service: string,
  columns: number,
): readonly Block[] {
  const supports = evidence.direction === 'supports';
  const start = `${supports ? '✓' : '✗'} ${weight.padStart(6)} `;
  const [first] = evidence.refs;
  const said = hung(evidence.summary, start, columns, supports ? 'green' : 'red');
  return [
    block(said, first ? placeOf(first) : graphAt(service)),
    ...told(evidence).map(({ text, ref }) => block([line(`  → ${text}`, 'dim')], placeOf(ref))),
  ];
}

/** References as rows of which no two read alike: what is opened by the same words is one. */
function told({ refs, entity }: CitedEvidence) {
  const rows = new Map<string, { readonly ref: PublishedReference; times: number }>();
  for (const ref of refs) {
    const text = referenceText(ref, entity);
    const known = rows.get(text);
    if (known) known.times += 1;
    else rows.set(text, { ref, times: 1 });
  }
  return [...rows].map(([text, { ref, times }]) => ({
    ref,
    text: times > 1 && ref.signal === 'metric' ? `${text}, ${times} series` : text,
  }));
}

/** What opens, with what tells it from the others of its kind first. */
function referenceText(ref: PublishedReference, entity: string): string {
  if (ref.signal !== 'metric') return referenceTexts([ref]).join('');
  const [, instance] = /^instance:[^/]*\/(.+)$/.exec(entity) ?? [];
  const whose = safe(instance ?? ref.service, 60);
  return `${timeOf(ref.at)} ${safe(ref.metric, 80)} of ${whose}`;
}

function pathBlocks({ path }: Cause, columns: number): readonly Block[] {
  return path.map(({ from, to, delayMs }, at) =>
    under(
      'How it spread',
      at,
      wrap(`${safe(from, 60)} → ${safe(to, 60)}${delayText(delayMs)}`, columns),
      graphAt(to),
    ),
  );
}

/** Traces to open side by side: one that shows the cause, one of the same kind that went well. */
function exampleBlocks({ exemplars: { bad, good } }: Cause): readonly Block[] {
  const of = (traceId: TraceId | null, text: string): readonly Block[] =>
    traceId === null
      ? []
      : [block([line(`→ ${text}`)], { screen: 'trace', traceId, spanId: null })];
  const blocks = [
    ...of(bad, exemplarText({ bad, good: null })),
    ...of(good, exemplarText({ bad: null, good })),
  ];
  return blocks.map((one, at) => (at === 0 ? headed('Examples', one) : one));
}

const ruledOutBlocks = ({ ruledOut, causes }: Diagnosis, columns: number): readonly Block[] =>
  ruledOut.map((one, at) =>
    under(
      'Ruled out',
      at,
      wrap(`${safe(one.service, 60)}: ${safe(ruledOutText(one, causes))}`, columns),
      graphAt(one.service),
    ),
  );

/** Where a check that is proposed is made within the screens: a trace, or a statement that runs. */
function placeOfCheck(command: string): Place | null {
  const [, traceId] = /^aidebug trace ([0-9a-f]{32})$/.exec(command) ?? [];
  if (traceId) return { screen: 'trace', traceId: traceId as TraceId, spanId: null };
  const [, quoted] = /^aidebug query '(.*)'$/s.exec(command) ?? [];
  // As the shell reads it: a quote within is written '\'' there.
  return quoted === undefined ? null : { screen: 'sql', sql: quoted.replaceAll("'\\''", "'") };
}

/** Lines as a block; the first one of a group stands below the group's title. */
function under(
  title: string,
  at: number,
  lines: readonly string[],
  opens: Place | null = null,
): Block {
  const made = block(
    lines.map((part) => line(part)),
    opens,
  );
  return at === 0 ? headed(title, made) : made;
}

/** Wrapped text whose first line begins with `start`, and the others below what follows it. */
function hung(text: string, start: string, columns: number, style: Style): readonly Line[] {
  const indent = ' '.repeat(start.length);
  return wrap(safe(text), Math.max(10, columns - start.length)).map((part, at) => [
    at === 0 ? cell(start, style) : cell(indent),
    cell(part),
  ]);
}

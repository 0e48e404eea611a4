/**
 * The codebook: what each fault class must show, what speaks for it and what against it.
 *
 * Three weights only, by how much a sign says about the class when it is complete and certain;
 * they are judgements in words, not fitted numbers: `decisive` (few other faults show it),
 * `telling` (some do), `hint` (many do).
 *
 * After: methods §D (taxonomy of failure classes).
 */
import type { EvidenceKind, Layer } from '../model.ts';

const decisive = 0.8;
const telling = 0.5;
const hint = 0.25;

export interface Sign {
  readonly kind: EvidenceKind;
  readonly weight: number;
  /**
   * `anywhere`: a symptom of the whole system, such as falling quality; else at the entity.
   * `beside`: at the entity, and without another sign it speaks for nothing.
   */
  readonly where?: 'anywhere' | 'beside';
}

export interface FaultClass {
  readonly id: string;
  readonly layer: Layer;
  /** What is said of the service or entity: "{subject} …". */
  readonly phrase: string;
  /** At least one must be there. */
  readonly required: readonly Sign[];
  readonly supporting: readonly Sign[];
  readonly contradicting: readonly Sign[];
  /** What would settle it, shown when no evidence of that kind was found. */
  readonly settledBy: readonly (readonly [EvidenceKind, string])[];
}

const sign =
  (weight: number, where?: Sign['where']) =>
  (kind: EvidenceKind): Sign =>
    where ? { kind, weight, where } : { kind, weight };
const signs = (weight: number, ...kinds: EvidenceKind[]): readonly Sign[] =>
  kinds.map(sign(weight));
const symptoms = (weight: number, ...kinds: EvidenceKind[]): readonly Sign[] =>
  kinds.map(sign(weight, 'anywhere'));

/** Most changes do no harm: by itself it speaks for nothing. */
const changed = sign(hint, 'beside')('change');

/** Why code takes longer or fails that is no fault of the code. */
const otherReasons = [
  'inference-time',
  'cpu',
  'memory',
  'disk',
  'gpu',
  'slow-peer',
  'limit',
  'pool',
  'queue',
  'carried-failures',
  'retrying',
] as const;

/** Why data are late or lack values though nothing is wrong with them: nobody could write them. */
const notWritten: readonly Sign[] = [
  ...signs(telling, 'carried-failures', 'queue', 'restarts'),
  ...signs(telling, 'self-time', 'storage-time', 'error-origin', 'error-event'),
  ...signs(decisive, 'rate-limited', 'unreachable-callee'),
  ...signs(decisive, 'name-resolution-failure', 'connection-failure'),
];

const hostMetrics = 'host or container metrics of it (CPU, memory, restarts)';

export const codebook: readonly FaultClass[] = [
  {
    id: 'service-unreachable',
    layer: 'infrastructure',
    phrase: 'could not be reached by its callers',
    required: [...signs(decisive, 'unreachable-callee'), ...signs(telling, 'abandoned-callee')],
    supporting: [
      ...signs(telling, 'connection-failure', 'name-resolution-failure'),
      ...signs(telling, 'missing-calls', 'silence'),
      ...signs(hint, 'retries'),
    ],
    contradicting: symptoms(hint, 'unexplained-failures'),
    settledBy: [
      [
        'restarts',
        `${hostMetrics}, or the orchestrator's events, to tell a crash from a network fault`,
      ],
    ],
  },
  {
    id: 'name-resolution',
    layer: 'infrastructure',
    phrase: 'could not be found by name',
    required: signs(decisive, 'name-resolution-failure'),
    supporting: [],
    contradicting: [
      ...signs(telling, 'unreachable-callee', 'connection-failure'),
      ...symptoms(hint, 'unexplained-failures'),
    ],
    settledBy: [['missing-calls', 'spans of it for the same time, to show that it was running']],
  },
  {
    id: 'network-latency',
    layer: 'infrastructure',
    phrase: 'lost time on the network',
    required: signs(decisive, 'network-gap'),
    supporting: signs(hint, 'callee-timeout'),
    contradicting: signs(telling, 'self-time', 'cpu', 'unreachable-callee', 'retransmissions'),
    settledBy: [['cpu', 'CPU metrics of it and its callers, to rule out a busy host']],
  },
  {
    id: 'network-loss',
    layer: 'infrastructure',
    phrase: 'lost what was sent to it and by it',
    required: [...signs(decisive, 'retransmissions'), ...signs(telling, 'connection-failure')],
    supporting: signs(hint, 'network-gap', 'callee-timeout', 'retries', 'attribute-contrast'),
    contradicting: signs(decisive, 'unreachable-callee'),
    settledBy: [['restarts', `${hostMetrics}, to rule out that it was restarted`]],
  },
  {
    id: 'cpu-saturation',
    layer: 'infrastructure',
    phrase: 'ran out of CPU',
    required: signs(decisive, 'cpu'),
    // A starved process takes requests up late: to its callers that is a slow way.
    supporting: [
      ...signs(telling, 'self-time', 'network-gap'),
      ...signs(hint, 'slow-peer', 'callee-timeout', 'attribute-contrast'),
    ],
    // A heap that is nearly full keeps the CPU busy; but requests that wait for it take memory too.
    contradicting: signs(hint, 'memory'),
    settledBy: [
      ['self-time', 'traces of its operations from before and during, to show the effect'],
    ],
  },
  {
    id: 'memory-pressure',
    layer: 'infrastructure',
    phrase: 'ran short of memory',
    required: [...signs(decisive, 'out-of-memory'), ...signs(telling, 'memory')],
    supporting: [...signs(telling, 'self-time', 'cpu'), ...signs(hint, 'attribute-contrast')],
    contradicting: signs(telling, 'restarts'),
    settledBy: [['restarts', 'restart counts and out-of-memory events of it']],
  },
  {
    id: 'out-of-memory',
    layer: 'infrastructure',
    phrase: 'was killed for want of memory',
    required: [...signs(decisive, 'out-of-memory'), ...signs(telling, 'memory')],
    supporting: [
      ...signs(decisive, 'restarts'),
      ...signs(telling, 'missing-calls', 'unreachable-callee', 'silence'),
      ...signs(hint, 'self-time', 'silent-log', 'attribute-contrast'),
    ],
    contradicting: [],
    settledBy: [['restarts', 'restart counts and out-of-memory events of it']],
  },
  {
    id: 'connection-pool',
    layer: 'infrastructure',
    phrase: 'ran out of connections',
    required: signs(decisive, 'pool'),
    supporting: [
      ...signs(telling, 'error-origin'),
      ...signs(hint, 'self-time', 'error-event', 'attribute-contrast'),
    ],
    contradicting: [],
    settledBy: [['pool', 'connections in use and callers waiting for one, by pool']],
  },
  {
    id: 'resource-limit',
    layer: 'infrastructure',
    phrase: 'used up what it may use',
    required: signs(decisive, 'limit'),
    supporting: [
      ...signs(telling, 'error-origin', 'self-time'),
      ...signs(hint, 'error-event', 'callee-timeout', 'attribute-contrast'),
    ],
    contradicting: [],
    settledBy: [['limit', 'threads, descriptors and ports in use, and how many there may be']],
  },
  {
    id: 'rate-limit',
    layer: 'infrastructure',
    phrase: 'turned requests away',
    required: signs(decisive, 'rate-limited'),
    supporting: signs(hint, 'callee-failure', 'error-origin', 'retries'),
    contradicting: [],
    settledBy: [['rate-limited', 'status codes of its answers (429, RESOURCE_EXHAUSTED)']],
  },
  {
    id: 'process-crash',
    layer: 'infrastructure',
    phrase: 'crashed',
    // Silent is also who was taken away on purpose, or has done its work.
    required: [...signs(decisive, 'restarts'), ...signs(hint, 'silence')],
    supporting: [
      ...signs(telling, 'missing-calls', 'unreachable-callee'),
      ...signs(hint, 'silent-log', 'attribute-contrast'),
    ],
    contradicting: signs(telling, 'memory', 'out-of-memory'),
    settledBy: [['memory', 'memory metrics of it, to tell an out-of-memory kill']],
  },
  {
    id: 'disk-pressure',
    layer: 'infrastructure',
    phrase: 'was held up by its disk',
    required: signs(telling, 'disk'),
    supporting: [...signs(telling, 'self-time'), ...signs(hint, 'attribute-contrast')],
    contradicting: signs(telling, 'storage-time'),
    settledBy: [['self-time', 'traces of its operations from before and during']],
  },
  {
    id: 'storage-stall',
    layer: 'infrastructure',
    phrase: 'was slow to take and to give data',
    required: signs(decisive, 'storage-time'),
    supporting: [
      ...signs(telling, 'disk'),
      ...signs(hint, 'callee-timeout', 'retries', 'attribute-contrast'),
    ],
    contradicting: [],
    settledBy: [['disk', 'its own metrics: requests in flight, disk and network use']],
  },
  {
    id: 'overload',
    layer: 'infrastructure',
    phrase: 'was asked for more than it can do',
    // More requests are no fault where nothing waits, and a queue alone is one of slow inference.
    required: [...signs(telling, 'self-time'), ...signs(hint, 'queue')],
    supporting: [sign(decisive, 'beside')('load')],
    contradicting: signs(telling, 'retrying'),
    settledBy: [['load', 'requests a minute from before and during']],
  },
  {
    id: 'slow-rank',
    layer: 'infrastructure',
    phrase: 'was slower than its peers',
    required: signs(decisive, 'slow-peer'),
    supporting: [
      ...signs(telling, 'gpu', 'self-time'),
      ...signs(hint, 'cpu', 'attribute-contrast'),
    ],
    contradicting: signs(telling, 'gpu-error'),
    settledBy: [['gpu', 'GPU metrics by rank (clock, temperature, Xid errors)']],
  },
  {
    id: 'gpu-fault',
    layer: 'infrastructure',
    phrase: 'had a failing or throttled GPU',
    required: [...signs(decisive, 'gpu-error'), ...signs(telling, 'gpu')],
    supporting: signs(hint, 'self-time', 'attribute-contrast'),
    contradicting: [],
    settledBy: [['slow-peer', 'step or request times by GPU']],
  },
  {
    id: 'stale-data',
    layer: 'data',
    phrase: 'stopped being refreshed',
    required: signs(decisive, 'freshness'),
    supporting: [
      ...symptoms(telling, 'quality'),
      ...signs(telling, 'missing-runs'),
      ...signs(hint, 'silent-log', 'silent-series'),
      ...symptoms(hint, 'completeness'),
    ],
    contradicting: [...symptoms(telling, 'quality-by-version'), ...notWritten],
    settledBy: [
      ['missing-runs', 'traces or logs of the job that refreshes it'],
      ['quality', 'a quality signal of the model that reads it (confidence, accuracy)'],
    ],
  },
  {
    id: 'missing-data',
    layer: 'data',
    phrase: 'lacked values',
    required: [...signs(decisive, 'completeness'), ...signs(hint, 'missing-runs')],
    supporting: symptoms(telling, 'quality'),
    contradicting: [...symptoms(telling, 'freshness', 'quality-by-version'), ...notWritten],
    settledBy: [['freshness', 'freshness of the data it reads']],
  },
  {
    id: 'data-corruption',
    layer: 'data',
    phrase: 'met damaged rows',
    required: signs(decisive, 'rejected'),
    supporting: [...symptoms(telling, 'quality', 'skew'), ...signs(hint, 'completeness')],
    contradicting: [
      ...symptoms(telling, 'quality-by-version'),
      ...signs(telling, 'carried-failures'),
    ],
    settledBy: [['completeness', 'what its validation found wrong, by column']],
  },
  {
    id: 'training-serving-skew',
    layer: 'data',
    phrase: 'served other values than the model was trained on',
    required: signs(decisive, 'skew'),
    supporting: symptoms(telling, 'quality'),
    contradicting: [
      ...symptoms(telling, 'freshness', 'completeness', 'quality-by-version'),
      ...symptoms(decisive, 'rejected'),
    ],
    settledBy: [['quality', 'a quality signal of the model (confidence, accuracy)']],
  },
  {
    id: 'retrieval-empty',
    layer: 'data',
    phrase: 'found too little',
    required: signs(decisive, 'retrieval'),
    // What is hardly filled has nothing near either.
    supporting: [...symptoms(telling, 'quality'), ...signs(hint, 'retrieval-score')],
    contradicting: signs(telling, 'carried-failures'),
    settledBy: [
      ['retrieval-score', 'scores of what was found, to tell an index from its embedding'],
    ],
  },
  {
    id: 'embedding-mismatch',
    layer: 'data',
    phrase: 'found what does not fit',
    required: signs(decisive, 'retrieval-score'),
    supporting: symptoms(telling, 'quality'),
    contradicting: signs(telling, 'retrieval', 'carried-failures'),
    settledBy: [['retrieval', 'the embedding model and its dimension on each search']],
  },
  {
    id: 'schema-change',
    layer: 'data',
    phrase: 'met data of another shape',
    required: signs(decisive, 'schema'),
    supporting: [...symptoms(telling, 'quality'), ...signs(telling, 'error-origin')],
    contradicting: [],
    settledBy: [['error-origin', 'the validation error, with the name of the column']],
  },
  {
    id: 'data-drift',
    layer: 'data',
    phrase: 'saw its inputs drift',
    required: signs(decisive, 'drift'),
    supporting: symptoms(telling, 'quality'),
    contradicting: symptoms(telling, 'quality-by-version'),
    settledBy: [['quality', 'a quality signal of the model (confidence, accuracy)']],
  },
  {
    id: 'model-degradation',
    layer: 'model',
    phrase: 'got worse with a new version',
    required: signs(decisive, 'quality-by-version'),
    supporting: [...symptoms(telling, 'quality'), ...signs(hint, 'attribute-contrast')],
    contradicting: [
      ...symptoms(telling, 'freshness', 'completeness', 'schema', 'drift', 'model-change'),
      ...signs(telling, 'prompt-change'),
    ],
    settledBy: [['drift', 'drift or freshness of its inputs, to rule out the data']],
  },
  {
    id: 'model-swap',
    layer: 'model',
    phrase: 'answered with another model than before',
    // Providers replace snapshots all the time: it says where to look, not that it did harm.
    required: signs(hint, 'model-change'),
    supporting: [
      ...signs(telling, 'output-length'),
      ...symptoms(telling, 'quality', 'quality-by-version'),
    ],
    contradicting: [],
    settledBy: [['quality', 'evaluation scores or feedback on its answers, by answering model']],
  },
  {
    id: 'prompt-regression',
    layer: 'model',
    phrase: 'answered worse with a new version of its prompt',
    required: signs(hint, 'prompt-change'),
    supporting: [
      ...signs(telling, 'output-length'),
      ...symptoms(telling, 'quality', 'quality-by-version'),
    ],
    contradicting: symptoms(telling, 'model-change'),
    settledBy: [['quality', 'evaluation scores or feedback on its answers, by prompt version']],
  },
  {
    id: 'context-overflow',
    layer: 'model',
    phrase: 'sent prompts that no longer fit the context of the model',
    required: signs(decisive, 'context-limit'),
    supporting: signs(telling, 'prompt-length'),
    contradicting: [
      // A conversation that does not come to an end fills any context, and so does what was
      // retrieved and does not fit, asked for again and again.
      ...signs(decisive, 'agent-turns'),
      ...symptoms(telling, 'retrieval', 'retrieval-score'),
    ],
    settledBy: [['prompt-length', 'token counts of prompts on the spans of its requests']],
  },
  {
    id: 'training-divergence',
    layer: 'model',
    phrase: 'diverged in training',
    required: signs(decisive, 'loss'),
    supporting: [],
    contradicting: [],
    settledBy: [['schema', 'validation results of the training data']],
  },
  {
    id: 'concept-drift',
    layer: 'model',
    phrase: 'got worse while its version and inputs stayed',
    required: signs(telling, 'quality'),
    supporting: [],
    contradicting: symptoms(
      decisive,
      'freshness',
      'completeness',
      'schema',
      'drift',
      'quality-by-version',
      'model-change',
      'prompt-change',
    ),
    settledBy: [['drift', 'drift or freshness of its inputs, and its version on every span']],
  },
  {
    id: 'inference-slow',
    layer: 'model',
    phrase: 'was slow to infer',
    required: [...signs(decisive, 'inference-time'), ...signs(telling, 'queue')],
    supporting: [...signs(telling, 'self-time'), ...signs(hint, 'attribute-contrast')],
    // Longer answers take longer.
    contradicting: [...signs(telling, 'load'), ...symptoms(telling, 'output-length')],
    settledBy: [['gpu', 'GPU and KV-cache metrics of it']],
  },
  {
    id: 'code-exception',
    layer: 'application',
    phrase: 'failed by itself',
    required: [
      ...signs(decisive, 'error-origin', 'error-event'),
      ...signs(telling, 'exception-mix'),
      ...signs(hint, 'bare-error', 'callee-failure', 'warning-log'),
    ],
    supporting: [
      ...signs(telling, 'skipped-event', 'new-event'),
      ...signs(hint, 'abandoned-callee', 'retries', 'attribute-contrast'),
      changed,
    ],
    contradicting: [
      ...symptoms(hint, 'unexplained-failures'),
      // What a broken GPU throws, or a lack of memory, is no fault of the code.
      ...signs(telling, 'carried-failures', 'tool-failure', 'gpu-error', 'out-of-memory'),
    ],
    settledBy: [['error-origin', 'the exception, recorded as an event of the failed span']],
  },
  {
    id: 'tool-failure',
    layer: 'application',
    phrase: 'failed as a tool of an agent',
    required: signs(decisive, 'tool-failure'),
    supporting: [
      ...signs(telling, 'skipped-event', 'new-event'),
      ...signs(hint, 'callee-timeout', 'attribute-contrast'),
    ],
    contradicting: signs(telling, 'carried-failures', 'unreachable-callee', 'rate-limited'),
    settledBy: [['error-origin', 'what the tool answered, on its span or in its log']],
  },
  {
    id: 'agent-loop',
    layer: 'application',
    phrase: 'did not come to an end',
    required: signs(decisive, 'agent-turns'),
    supporting: signs(hint, 'self-time', 'attribute-contrast'),
    contradicting: [
      // It asks again because what it asked came to nothing.
      ...symptoms(telling, 'tool-failure', 'retrieval', 'retrieval-score', 'unreachable-callee'),
      ...symptoms(hint, 'quality'),
    ],
    settledBy: [['error-origin', 'the messages of a long conversation, to see what it waited for']],
  },
  {
    id: 'wrong-step',
    layer: 'application',
    phrase: 'may have taken the step that went wrong',
    required: [
      ...signs(telling, 'rejected-step'),
      ...signs(hint, 'unfounded-step'),
      ...signs(hint, 'most-steps'),
    ],
    supporting: [],
    contradicting: [],
    settledBy: [['quality', 'a judge of what the steps of the run say (an evaluation of the run)']],
  },
  {
    id: 'early-return',
    layer: 'application',
    phrase: 'left out what it used to do',
    required: [...signs(decisive, 'skipped-event'), ...signs(telling, 'new-event')],
    supporting: [changed],
    // Which way code goes depends on its data and on what it runs on: those first (methods §C).
    contradicting: [
      ...signs(telling, 'unreachable-callee', 'error-origin', 'carried-failures', 'restarts'),
      ...symptoms(telling, 'freshness', 'completeness', 'schema', 'drift'),
      ...symptoms(telling, 'quality', 'quality-by-version'),
    ],
    settledBy: [['warning-log', 'logs of its callers, to see the branch that was taken']],
  },
  {
    id: 'bad-release',
    layer: 'application',
    phrase: 'got worse with a change to it',
    // Releases are many and few are bad: a version says which change to look at, not that it broke.
    required: signs(hint, 'release-contrast'),
    supporting: [
      ...signs(decisive, 'error-origin', 'self-time'),
      ...signs(telling, 'exception-mix'),
      ...signs(hint, 'bare-error'),
      changed,
    ],
    contradicting: signs(telling, ...otherReasons, 'unreachable-callee'),
    settledBy: [
      ['release-contrast', 'service.version and flags on its spans, from before and after'],
    ],
  },
  {
    id: 'slow-operation',
    layer: 'application',
    phrase: 'took longer by itself',
    required: [...signs(decisive, 'self-time'), ...signs(telling, 'callee-timeout')],
    // A busy process lets calls wait before its own spans begin.
    supporting: [
      ...signs(telling, 'network-gap'),
      ...signs(hint, 'retries', 'attribute-contrast'),
      changed,
    ],
    // What is done again and again takes longer.
    contradicting: signs(telling, ...otherReasons, 'agent-turns'),
    settledBy: [['cpu', hostMetrics]],
  },
];

/**
 * Kinds that look at the same thing from two sides: within a group the strongest counts, between
 * groups the doubts multiply. A kind not named here is a group of its own.
 */
const groups: Partial<Record<EvidenceKind, string>> = {
  'error-origin': 'errors',
  'exception-mix': 'errors',
  'bare-error': 'errors',
  'error-event': 'errors',
  'skipped-event': 'path',
  'new-event': 'path',
  'rate-limited': 'errors',
  'tool-failure': 'errors',
  'callee-failure': 'errors',
  'callee-timeout': 'errors',
  'unreachable-callee': 'silence',
  'missing-calls': 'silence',
  silence: 'silence',
  // The time of one span, measured as what it does and as what it does by itself.
  'self-time': 'own-time',
  'inference-time': 'own-time',
  'storage-time': 'own-time',
  change: 'release',
  'release-contrast': 'release',
  'connection-failure': 'wording',
  'name-resolution-failure': 'wording',
};

export const groupOf = (kind: EvidenceKind): string => groups[kind] ?? kind;

/**
 * Groups whose kinds split the same calls between them: a call says that it was refused or that
 * the name was not found, never both. There the shares add up, at most to what one kind could give.
 */
const split: ReadonlySet<string> = new Set(['wording']);

export const isSplit = (kind: EvidenceKind): boolean => split.has(groupOf(kind));

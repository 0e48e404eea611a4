/**
 * What telemetry each kind of evidence rests on, and where it can be found at all. Beside the
 * codebook: a kind that a detector learns to find must be told here, and every class that asks for
 * it is then accounted for by itself.
 */
import type { EvidenceKind } from '../../model.ts';
import type { Component, SignalKind } from '../../semantics/index.ts';

/**
 * What a service is, as far as it decides what can be found at it. Components, and:
 * `own`: code of one's own, traced or not. `dependency`: a database or broker, which can be measured
 * but not traced. `external`: of others. `called`: others ask it. `served`: own and called. `answers`: by server spans, or called and untraced.
 * `caller`: asks others. `way`: own, at one end of a call. `job`: begins runs by itself. `pooled`:
 * keeps connections to a database. `replicated`: three or more replicas, fewer have no odd one out.
 * `store`: objects and files are kept there. `tool`: works for a tool of an agent. `model-api`: a
 * model of others. `accelerated`: runs on GPUs, or infers. `inputs`: reports on what a model reads;
 * the model itself where nothing else does. `refreshed`, `checked`: reports on the age of data, on
 * their validation; the inputs where nothing does.
 */
export type Trait =
  | Component
  | 'own'
  | 'dependency'
  | 'external'
  | 'called'
  | 'served'
  | 'answers'
  | 'caller'
  | 'way'
  | 'job'
  | 'pooled'
  | 'replicated'
  | 'store'
  | 'tool'
  | 'model-api'
  | 'accelerated'
  | 'inputs'
  | 'refreshed'
  | 'checked';

/** Something that telemetry of a service holds, or does not. Kinds of signals are numbers. */
export type Telemetry =
  | SignalKind
  | 'spans'
  | 'callers'
  | 'times'
  | 'ways'
  | 'steps'
  | 'runs'
  | 'logs'
  | 'codes'
  | 'places'
  | 'version'
  | 'quality-version'
  | 'instances'
  | 'model-steps'
  | 'tool-steps'
  | 'inference'
  | 'answering-model'
  | 'prompt-version'
  | 'tokens'
  | 'series'
  | 'compared'
  | 'baseline';

export interface Need {
  /** One of them is enough. */
  readonly at: readonly Trait[];
  /** All of them are needed. */
  readonly needs: readonly Telemetry[];
}

const need = (at: readonly Trait[], ...needs: Telemetry[]): Need => ({ at, needs });

const measured: readonly Trait[] = ['own', 'dependency'];
/** A number is compared with its own past. */
const moved = (kind: SignalKind, ...at: Trait[]): Need => need(at, kind, 'baseline');

export const needsOf: Readonly<Record<EvidenceKind, Need>> = {
  'unreachable-callee': need(['called'], 'callers'),
  'connection-failure': need(['called'], 'callers'),
  'name-resolution-failure': need(['called'], 'callers'),
  'callee-failure': need(['called'], 'callers'),
  'callee-timeout': need(['called'], 'callers'),
  'error-origin': need(['own'], 'spans'),
  'tool-failure': need(['agent', 'tool'], 'tool-steps'),
  'bare-error': need(['own'], 'spans'),
  'self-time': need(['own', 'called'], 'times', 'compared'),
  'storage-time': need(['store'], 'callers', 'compared'),
  'inference-time': need(['model', 'model-api'], 'inference', 'compared'),
  'network-gap': need(['way'], 'ways', 'compared'),
  retransmissions: need(['way'], 'ways', 'baseline'),
  'missing-calls': need(['served'], 'spans', 'callers', 'baseline'),
  'missing-runs': need(['job'], 'runs', 'baseline'),
  freshness: moved('freshness', 'refreshed', 'retrieval'),
  completeness: moved('completeness', 'inputs'),
  rejected: moved('rejected', 'checked'),
  retrieval: moved('retrieval', 'retrieval'),
  'retrieval-score': moved('retrieval-score', 'retrieval'),
  skew: moved('skew', 'inputs'),
  schema: moved('schema', 'checked'),
  drift: moved('drift', 'inputs'),
  quality: moved('quality', 'model', 'agent'),
  'quality-by-version': need(['model', 'agent'], 'quality', 'quality-version', 'baseline'),
  loss: moved('loss', 'training'),
  cpu: moved('cpu', ...measured),
  memory: moved('memory', ...measured),
  disk: moved('disk', ...measured),
  gpu: moved('gpu', 'accelerated'),
  'gpu-error': moved('gpu-error', 'accelerated'),
  pool: moved('pool', 'pooled'),
  'rate-limited': need(['answers', 'external'], 'codes'),
  queue: moved('queue', 'served'),
  load: need(['own'], 'spans', 'baseline'),
  'agent-turns': need(['agent'], 'model-steps', 'baseline'),
  restarts: moved('restarts', ...measured),
  'slow-peer': need(['replicated', 'training'], 'spans', 'instances'),
  'error-event': need(['own'], 'steps', 'compared'),
  'skipped-event': need(['own'], 'steps', 'compared'),
  'new-event': need(['own'], 'steps', 'compared'),
  'abandoned-callee': need(['served'], 'callers', 'compared'),
  'warning-log': need(['own'], 'logs', 'baseline'),
  'silent-log': need(['own'], 'logs', 'baseline'),
  'attribute-contrast': need(['own'], 'spans', 'places'),
  'release-contrast': need(['own'], 'spans', 'version'),
  'carried-failures': need(['caller'], 'spans'),
  'unexplained-failures': need(['own'], 'spans'),
  'exception-mix': need(['own'], 'spans', 'baseline'),
  'out-of-memory': need(['own', 'called'], 'callers'),
  limit: need(measured, 'limit', 'compared'),
  retries: need(['called'], 'callers', 'baseline'),
  retrying: need(['caller'], 'spans', 'baseline'),
  silence: need(['own'], 'series', 'baseline'),
  'silent-series': need(measured, 'series', 'baseline'),
  'model-change': need(['agent'], 'answering-model', 'baseline'),
  'prompt-change': need(['agent'], 'prompt-version', 'baseline'),
  'prompt-length': need(['agent'], 'tokens', 'baseline'),
  'output-length': need(['agent'], 'tokens', 'baseline'),
  'context-limit': need(['agent'], 'model-steps', 'baseline'),
  'rejected-step': need(['agent'], 'tool-steps'),
  'unfounded-step': need(['agent'], 'model-steps'),
  'most-steps': need(['agent'], 'model-steps'),
};

export interface Wanted {
  /** What is missing: "no …". */
  readonly what: string;
  /**
   * Names that would give it: of the semantic conventions where they have one, else one in use that
   * is read. Empty where it is not a name that is missing.
   */
  readonly names: readonly string[];
}

const wanted = (what: string, ...names: string[]): Wanted => ({ what, names });

export const wantedOf: Readonly<Record<Telemetry, Wanted>> = {
  spans: wanted('no spans of its own', 'service.name'),
  callers: wanted('no spans of who calls it', 'server.address', 'peer.service'),
  times: wanted('no timed spans of it or of calls to it', 'service.name'),
  ways: wanted('no call with both its client and its server span', 'traceparent'),
  steps: wanted('no logs, events or calls within its spans', 'trace_id', 'span_id'),
  runs: wanted('no spans of its runs', 'service.name'),
  logs: wanted('no logs', 'service.name'),
  codes: wanted(
    'no status codes on its answers',
    'http.response.status_code',
    'rpc.response.status_code',
  ),
  places: wanted(
    'no replica, host, version or shard on its spans',
    'service.instance.id',
    'host.name',
  ),
  version: wanted('no version on its spans', 'service.version'),
  'quality-version': wanted('no model version on its quality metric', 'gen_ai.response.model'),
  instances: wanted('no replica or rank on its spans', 'service.instance.id'),
  'model-steps': wanted('no spans of the questions to its model', 'gen_ai.operation.name'),
  'tool-steps': wanted('no spans of its tools', 'gen_ai.operation.name', 'gen_ai.tool.name'),
  inference: wanted('no spans that are marked as inference', 'gen_ai.operation.name'),
  compared: wanted('no healthy requests to compare with'),
  baseline: wanted('no time before the incident to compare with'),
  freshness: wanted('no age of the data', 'feast_feature_freshness_seconds'),
  completeness: wanted('no share of missing values', 'feature.null_ratio'),
  rejected: wanted('no count of rejected rows', 'data_validation_rejected_rows_total'),
  retrieval: wanted(
    'no count of what a search returns',
    'db.client.response.returned_rows',
    'retrieval.documents.returned',
  ),
  'retrieval-score': wanted('no score of what a search returns', 'retrieval.top_score'),
  skew: wanted(
    'no comparison of the values in training and in serving',
    'feature.training_serving_skew',
  ),
  schema: wanted('no count of schema violations', 'data.schema.violations'),
  drift: wanted('no input-distribution metric', 'feature.drift.psi'),
  quality: wanted(
    'no quality metric of the model',
    'gen_ai.evaluation.score.value',
    'model.prediction.confidence',
  ),
  loss: wanted('no training loss', 'training.loss'),
  cpu: wanted('no CPU metric', 'container.cpu.usage', 'process.cpu.utilization'),
  memory: wanted('no memory metric', 'container.memory.usage', 'process.memory.usage'),
  disk: wanted('no disk metric', 'system.disk.io_time', 'system.filesystem.utilization'),
  gpu: wanted('no clock or temperature of its GPUs', 'hw.temperature', 'DCGM_FI_DEV_SM_CLOCK'),
  'gpu-error': wanted('no count of GPU errors', 'hw.errors', 'DCGM_FI_DEV_XID_ERRORS'),
  pool: wanted('no metric of its connection pool', 'db.client.connection.pending_requests'),
  queue: wanted('no length of its queue', 'http.server.requests.waiting'),
  limit: wanted('no use of what is limited beside its limit', 'process.open_file_descriptors'),
  'answering-model': wanted('no name of the model that answered', 'gen_ai.response.model'),
  'prompt-version': wanted('no version of its prompt', 'gen_ai.prompt.version'),
  tokens: wanted(
    'no token counts on its questions',
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.output_tokens',
  ),
  series: wanted('no metrics', 'process.uptime'),
  restarts: wanted('no count of restarts', 'k8s.container.restart.count'),
};

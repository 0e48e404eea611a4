/**
 * What services say besides what they are asked: some phrases of every process, in the manner of the
 * libraries of its language, and some of its trade. `{3-9}` stands for a number, `{hex8}` for digits,
 * `{a|b}` for one of the words; `!` in front makes a warning.
 */
import type { Task } from './clock.ts';
import type { Role } from './names.ts';
import type { Random } from './random.ts';
import { type Instance, type Language, type Service, type World, writeLog } from './world.ts';

const byLanguage: Readonly<Record<Language, readonly string[]>> = {
  go: [
    'gc {12-900} @{100-9000}s {1-4}%: {3-40} ms clock',
    'reloaded configuration revision {300-340}',
    'http: TLS handshake from 10.{1-9}.{1-250}.{1-250} done in {1-9} ms',
    'lease renewed, generation {10-99}',
    'pprof: {40-160} goroutines, {3-60} blocked',
    '!slow flush of buffered writer: {80-300} ms',
    '!retrying heartbeat to peer {1-9}',
  ],
  python: [
    'Worker {1-16} heartbeat ok, rss={200-900}MB',
    'garbage collection took {3-40} ms',
    'Loaded settings for environment {prod|live} (revision {300-340})',
    'Refreshed {3-60} rules from the control plane',
    'Thread pool: {1-9} active, {2-20} idle',
    '!DeprecationWarning: field "{ttl|region|mode}" will be removed',
    '!Token for principal svc-{1-30} expires in {2-9} min',
  ],
  java: [
    'HikariPool-1 - Pool stats (total={8-20}, active={1-7}, idle={1-9}, waiting=0)',
    'GC({12-900}) Pause Young (Normal) {120-300}M->{60-119}M {3-40}.{100-999}ms',
    'Refreshing context, {3-60} beans checked',
    'Scheduled task {cleanup|metrics|sync} finished in {2-300} ms',
    'Certificate chain verified, {2-88} days left',
    '!Connection keep-alive to {10.2.0.4|10.2.1.7} was closed by the peer, reopening',
    '!Property "{ttl|region|mode}" is deprecated and will be ignored',
  ],
  nodejs: [
    'event loop delay p99 {2-30} ms',
    'heap used {80-400} MB of {420-900} MB',
    'configuration {hex8} is current',
    'keep-alive agent: {1-9} sockets, {0-12} free',
    'evicted {10-900} idle sessions',
    '!(node:{10-90}) option "{ttl|region|mode}" is deprecated',
    '!metrics push took {80-300} ms',
  ],
};

const trades = {
  edge: [
    'access list reloaded, {20-400} entries',
    'rate limiter: {1-30} keys tracked',
    'upstream {api|search|profile} marked healthy',
    'compressed responses: {40-95} % of bytes saved',
    'health check answered in {1-6} ms',
    'rotated access log, {3-90} MB',
    '!client closed the connection before the response was complete',
    '!request header of {9-15} KB accepted, limit is 16',
  ],
  service: [
    'cache: {70-99} % hits, {40-900} entries',
    'flushed {40-900} records to the audit sink',
    'feature toggles synchronised, {5-60} flags',
    'warmed {3-60} entries at revision {300-340}',
    'schema registry answered with version {2-30}',
    'purged {10-400} expired keys',
    '!optional header x-request-deadline is missing',
    '!fallback locale {en|de|fr} used',
  ],
  model: [
    'batch scheduler: mean fill {20-90} %',
    'model warm-up done, {4-30} dummy inputs',
    'cuda memory: {2-14} GB reserved, {1-9} GB in use',
    'tokenizer cache holds {200-9000} entries',
    'prediction log rotated, part {10-99}',
    'calibration table {hex8} in use',
    'weights checksum {hex8} verified',
    '!input padded from {30-90} to 128 columns',
    '!kernel autotune was skipped: no free stream',
  ],
  search: [
    'compacted segment {hex8} in {20-400} ms',
    'index statistics: {20-90} segments, {1-9} pending merges',
    'embedding cache: {60-98} % hits',
    'synonyms reloaded, {100-900} groups',
    'query planner chose {hnsw|flat|ivf}, ef={32-128}',
    'snapshot {hex8} verified',
    '!query truncated to {64-256} tokens',
    '!stop word list is {10-90} days old',
  ],
  pipeline: [
    'watermark advanced by {10-60} s',
    'partition {0-11} assigned, offset {1000-90000}',
    'task queue: {0-4} waiting, {1-6} running',
    'run history trimmed to {100-900} entries',
    'statistics of {3-9} tables refreshed',
    'spilled {1-40} MB to local disk',
    'catalogue synchronised, {20-200} tables',
    '!heartbeat of executor {1-9} was {2-9} s late',
    '!{1-9} rows with a time in the future were kept',
  ],
  agent: [
    'conversation store: {20-400} open',
    'prompt cache: {30-90} % of tokens read from it',
    'tool registry: {2-9} tools, revision {hex8}',
    'moderation list reloaded, {100-900} entries',
    'token budget of tenant {1-40}: {10-95} % used',
    'streaming connections: {1-30}',
    '!answer contains an unknown citation marker',
    '!model returned an empty tool argument, default used',
  ],
  training: [
    'data loader: prefetch depth {2-8}, {0-3} waiting',
    'allocator: {2-30} GB cached, {0-9} retries',
    'learning rate is {1-9}e-5',
    'clock of the fabric synchronised, offset {1-90} us',
    'shuffled shard list, seed {100-999}',
    'profiler: {1-40} % of time in kernels',
    'gpu persistence mode is on',
    '!host memory pinned for {2-30} buffers only',
    '!tensor board writer is {2-9} s behind',
  ],
  control: [
    'reconciled {3-60} objects in {5-90} ms',
    'watch restarted at resource version {1000-90000}',
    'audit trail: {10-400} events today',
    'quota of project {1-9}: {10-95} % used',
    'webhook delivered to {1-4} receivers',
    'leader election: still the leader, term {3-90}',
    '!artifact {hex8} has no owner label',
    '!dashboard query took {300-900} ms',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

const tradeOf: Partial<Record<Role, keyof typeof trades>> = {
  ...{ gateway: 'edge', console: 'edge', model: 'model', embedder: 'model', reranker: 'model' },
  ...{ retriever: 'search', assistant: 'agent', llmProxy: 'agent', toolA: 'agent' },
  ...{ job: 'pipeline', validator: 'pipeline', consumer: 'pipeline', features: 'pipeline' },
  ...{ trainer: 'training', loader: 'training', launcher: 'training', tracker: 'control' },
  ...{ registry: 'control', rollout: 'control', jobs: 'control', flags: 'control' },
};

/** Every instrumented service says something now and then, in a few phrases of its own. */
export function startChatter(world: World): void {
  for (const service of world.services) {
    if (!service.instrumented) continue;
    const { random } = world;
    const own = service.roles.flatMap((role) => trades[tradeOf[role] ?? 'service']);
    const phrases = [
      ...random.shuffle(byLanguage[service.language]).slice(0, random.int(2, 4)),
      ...random.shuffle([...new Set<string>(own)]).slice(0, random.int(3, 5)),
    ];
    world.clock.spawn(talk(world, service, phrases));
  }
}

const meanPauseMs = 7_000;

function* talk(world: World, service: Service, phrases: readonly string[]): Task {
  for (;;) {
    yield world.random.exponential(meanPauseMs);
    const instance = world.random.pick<Instance>(service.instances);
    const phrase = world.random.pick(phrases);
    const isWarning = phrase.startsWith('!');
    const body = filledIn(isWarning ? phrase.slice(1) : phrase, world.random);
    writeLog(world, instance, { severity: isWarning ? 'WARN' : 'INFO', body });
  }
}

const filledIn = (phrase: string, random: Random): string =>
  phrase.replace(/\{([^}]+)\}/g, (_, slot: string) => {
    const [, low, high] = /^(\d+)-(\d+)$/.exec(slot) ?? [];
    if (low !== undefined) return String(random.int(Number(low), Number(high)));
    const [, digits] = /^hex(\d+)$/.exec(slot) ?? [];
    return digits ? random.hex(Number(digits)) : random.pick(slot.split('|'));
  });

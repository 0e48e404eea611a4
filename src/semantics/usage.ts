/**
 * How much of a limited thing is used: connections of a pool, threads, descriptors, ports, inodes,
 * places in a queue. Two metrics tell it together, or one that is a share by itself:
 *
 *     process.open_fds    212          used ┐ of one stem, `process.fds`
 *     process.max_fds    1024         limit ┘
 *     db.client.connection.count {state: used} / db.client.connection.max
 *     worker.utilization  0.97        share
 *
 * Names are read by the words in them, because every runtime has its own: those of the semantic
 * conventions, of Micrometer, of the Prometheus clients and exporters are covered by tests.
 */
import type { Attributes } from '../model.ts';
import { wordsOf } from './signal.ts';

/** `limit` stands for everything without a kind of its own: threads, descriptors, ports, workers. */
export type UsageKind = 'pool' | 'limit' | 'queue' | 'cpu' | 'memory' | 'disk';

export interface Usage {
  readonly kind: UsageKind;
  readonly role: 'used' | 'limit' | 'share';
  /** What is used: equal for the use and the limit of one thing. */
  readonly stem: string;
  /** What else tells one thing from another: the attributes without the state it is in. */
  readonly attributes: Attributes;
  /** It has places that are taken and given back, one by one. */
  readonly countable: boolean;
}

/** Other names for the use or the limit of the same thing. */
const aliases: readonly (readonly [RegExp, string])[] = [
  [/^postgresql\.backends$/, 'postgresql.connection.used'],
  [/^mysql\.global\.status\.threads\.connected$/, 'mysql.connections.used'],
  [/^mysql\.global\.variables\.max\.connections$/, 'mysql.connections.limit'],
  [/^redis\.(clients\.connected|connected\.clients)$/, 'redis.clients.used'],
  [/^redis\.(config\.)?max\.?clients$/, 'redis.clients.limit'],
  [/\binode\.count$/, 'inode.limit'],
];

const limits = /\b(limit|limits|max|maximum|capacity|quota)\b/;
/** Also a counter may be called a total: of these there is none. */
const totals =
  /\b(slots|workers|threads|memory)\b.*\btotal\b|\btotal\b.*\b(slots|workers|threads)\b/;
const surely = /\b(used|usage|in\.use|inuse|busy|active|leased|checked\.out)\b/;
const perhaps = /\b(count|open|current|connected|allocated|entries|files\.open|open\.files)\b/;
const queueSize = /\b(size|length|depth|queued|count)\b/;
/** Neither the use nor the most there may be: what is left, asked for, measured, or was once. */
const others =
  /\b(idle|min|free|available|remaining|pending|wait|waiting|timeouts?|time|duration|latency|seconds|request|requested|rejected|created|rate|requests\.total)\b/;
/** The most that ever was, not the most there may be. */
const peaks =
  /\bmax\.(usage|used|active|busy|count)\b|\b(usage|used|active|busy|count|peak)\.max\b/;
const shares =
  /\butili[sz]ation(\.(ratio|percent|pct|perc))?$|\b(usage|used)\.(ratio|rate|percent|pct|perc)$|\b(ratio|percent|pct)\.used$/;
/** Full is how these should be: what is kept as long as there is place, and what is there to be busy. */
const meantToBeFull = /\b(cache|caches|buffers?|gpu|budget|cached|sm|tensor|hit|hits)\b/;

const nouns =
  'connections?|conns?|threads?|workers?|slots?|fds?|filefd|files?|descriptors?|sockets?|ports?|inodes?|conntrack|clients?|backends?|sessions?|processes|queue|streams?|handles?|permits?|leases?|concurrency|inflight';
const countable = new RegExp(`\\b(${nouns}|executor|pool|hikaricp|jdbc)\\b`);
const bareNoun = new RegExp(`\\b(${nouns})$`);
/** Pools keep what is idle open: how many there are says nothing of how many are used. */
const keepsIdle = /\b(client|pool|hikaricp|jdbc|datasource|tomcat|jetty|executor)\b/;
/** Words that say no more than the role does. */
const fillers =
  /\b(limits?|max|maximum|capacity|quota|total|used|usage|in\.use|inuse|busy|active|leased|checked\.out|count|open|current|connected|allocated|entries|size|length|depth|queued|config|pool|spec|bytes)\b/g;

const usedStates = /^(used|busy|active|in.?use|leased)$/i;

/** What a series says of the use of something limited; null if it says nothing of it. */
export function usageOf(name: string, attributes: Attributes): Usage | null {
  const words = aliases.reduce((said, [other, usual]) => said.replace(other, usual), wordsOf(name));
  if (meantToBeFull.test(words) || /^(otel|otelcol|otlp|scrape)\b/.test(words)) return null;
  const { state, rest } = withoutState(attributes);
  if (state !== null && !usedStates.test(state)) return null;
  const role = roleOf(words, state !== null);
  if (role === null) return null;
  const stem = words
    .replace(fillers, '')
    .replace(/\.+/g, '.')
    .replace(/^\.|\.$/g, '');
  const kind = kindOf(words);
  const isCountable = countable.test(words) && (kind === 'pool' || kind === 'limit');
  return { kind, role, stem, attributes: rest, countable: isCountable };
}

function roleOf(words: string, hasUsedState: boolean): Usage['role'] | null {
  if (peaks.test(words)) return null;
  if (shares.test(words)) return 'share';
  if (others.test(words)) return null;
  if (limits.test(words) || totals.test(words)) return 'limit';
  if (surely.test(words) || hasUsedState) return 'used';
  if (/\bqueue\b/.test(words)) return queueSize.test(words) ? 'used' : null;
  const isCount = (perhaps.test(words) && countable.test(words)) || bareNoun.test(words);
  return isCount && !keepsIdle.test(words) ? 'used' : null;
}

function kindOf(words: string): UsageKind {
  if (/\b(thread|threads|worker|workers)\b/.test(words) && !/\bqueue\b/.test(words)) return 'limit';
  if (/\b(inodes?|disk|filesystem|volume|storage)\b/.test(words)) return 'disk';
  if (/\bqueue\b/.test(words)) return 'queue';
  if (/\b(connections?|conns?|hikaricp|jdbc|clients?|sessions?|pool)\b/.test(words)) return 'pool';
  if (/\b(memory|mem|heap)\b/.test(words)) return 'memory';
  return /\bcpu\b/.test(words) ? 'cpu' : 'limit';
}

/** Attributes without the one that tells a state, and that. */
function withoutState(attributes: Attributes): { state: string | null; rest: Attributes } {
  const entries = Object.entries(attributes);
  const found = entries.find(([name]) => /(^|[._])(state|mode)$/.test(name));
  if (!found) return { state: null, rest: attributes };
  return {
    state: String(found[1]),
    rest: Object.fromEntries(entries.filter(([name]) => name !== found[0])),
  };
}

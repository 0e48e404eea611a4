/**
 * The smallest case of each fault class that shows it, what adds to it, and what speaks against it.
 * Unless another service is named, it is `cart` that is at fault.
 */
import type { EvidenceKind } from '../src/model.ts';
import { asking, asks, team, tools, turns } from './agent-drawings.ts';
import { type DrawnCase, earlier, later } from './case.ts';
import {
  again,
  apart,
  broken,
  carried,
  clock,
  cpu,
  descriptors,
  disk,
  elsewhere,
  failing,
  far,
  firstLimited,
  found,
  freshness,
  inRegion,
  late,
  limited,
  memory,
  more,
  moved,
  ofVersion,
  psi,
  quality,
  queue,
  ranks,
  refused,
  refusedTwice,
  refusing,
  requests,
  restarts,
  returning,
  saying,
  sentAgain,
  slow,
  someCpu,
  someMemory,
  store,
  together,
  well,
  worseVersion,
  xid,
} from './class-drawings.ts';

/** A drawing, and a kind of evidence that comes of it. */
type Added = readonly [kind: EvidenceKind, drawing: DrawnCase];

export interface DrawnClass {
  readonly service?: string;
  /** The class is named. */
  readonly required: Added;
  /** With this as well it gains; null where nothing in the codebook supports it. */
  readonly supporting: Added | null;
  /** Without the supporting evidence another class is named, which requires the same. */
  readonly withoutSupport?: string;
  /** With this as well it loses; null where nothing in the codebook contradicts it. */
  readonly contradicting: Added | null;
  /** The class that is named instead then. */
  readonly becomes?: string;
}

export const drawnClasses: Readonly<Record<string, DrawnClass>> = {
  'service-unreachable': {
    required: ['unreachable-callee', requests(refused, 20, refusing)],
    supporting: ['retries', more(refusedTwice, 20, refusing)],
    contradicting: ['unexplained-failures', more(apart, 20)],
  },
  'name-resolution': {
    required: [
      'name-resolution-failure',
      together(requests(refused, 20, saying('getaddrinfo ENOTFOUND cart')), more(well, 20)),
    ],
    supporting: null,
    contradicting: ['unexplained-failures', more(apart, 20)],
  },
  'network-latency': {
    required: ['network-gap', requests(far)],
    supporting: ['callee-timeout', more(refused, 10, late)],
    contradicting: ['cpu', someCpu],
  },
  'network-loss': {
    required: ['retransmissions', requests(well, 60, sentAgain)],
    supporting: ['callee-timeout', more(refused, 20, late)],
    contradicting: ['unreachable-callee', more(refused, 6, refusing)],
  },
  'cpu-saturation': {
    required: ['cpu', cpu],
    supporting: ['self-time', requests(slow)],
    contradicting: ['memory', someMemory],
  },
  'memory-pressure': {
    required: ['memory', memory],
    supporting: ['cpu', someCpu],
    contradicting: ['restarts', restarts],
    becomes: 'out-of-memory',
  },
  'out-of-memory': {
    required: ['memory', memory],
    withoutSupport: 'memory-pressure',
    supporting: ['restarts', restarts],
    contradicting: null,
  },
  'connection-pool': {
    required: ['pool', moved('db.client.connections.pending', 0, 8)],
    supporting: ['error-origin', requests(failing, 20, broken)],
    contradicting: null,
  },
  'resource-limit': {
    required: ['limit', descriptors],
    supporting: ['self-time', requests(slow)],
    contradicting: null,
  },
  'rate-limit': {
    required: ['rate-limited', requests(failing, 20, limited)],
    supporting: ['retries', more(again(), 20, firstLimited)],
    contradicting: null,
  },
  'process-crash': {
    required: ['restarts', restarts],
    supporting: ['unreachable-callee', together(requests(well), more(refused, 4, refusing))],
    contradicting: ['memory', memory],
    becomes: 'out-of-memory',
  },
  'disk-pressure': {
    required: ['disk', disk],
    supporting: ['self-time', requests(slow)],
    contradicting: ['storage-time', store(60)],
    becomes: 'storage-stall',
  },
  'storage-stall': {
    required: ['storage-time', store(60)],
    supporting: ['disk', disk],
    contradicting: null,
  },
  overload: {
    required: ['queue', queue],
    withoutSupport: 'inference-slow',
    supporting: ['load', requests(well, 120)],
    contradicting: [
      'retrying',
      more(again('').replaceAll('cart', 'db').replaceAll('web', 'cart'), 60),
    ],
  },
  'slow-rank': {
    required: [
      'slow-peer',
      { baseline: ranks(earlier, [1, 1, 1, 1]), incident: ranks(later, [2, 1, 1, 1]) },
    ],
    supporting: ['gpu', clock],
    contradicting: ['gpu-error', xid],
    becomes: 'gpu-fault',
  },
  'gpu-fault': {
    required: ['gpu-error', xid],
    supporting: ['self-time', requests(slow)],
    contradicting: null,
  },
  'stale-data': {
    required: ['freshness', freshness()],
    supporting: ['quality', quality()],
    contradicting: ['quality-by-version', worseVersion('other')],
  },
  'missing-data': {
    required: ['completeness', moved('feature.null_ratio', 0.01, 0.4)],
    supporting: ['quality', quality()],
    contradicting: ['freshness', freshness(elsewhere)],
  },
  'data-corruption': {
    required: ['rejected', moved('rejected_rows', 1, 40)],
    supporting: ['quality', quality()],
    contradicting: ['quality-by-version', worseVersion('other')],
  },
  'training-serving-skew': {
    required: ['skew', moved('feature.training_serving_skew', 0.05, 0.6)],
    supporting: ['quality', quality()],
    contradicting: ['freshness', freshness(elsewhere)],
  },
  'retrieval-empty': {
    required: ['retrieval', found()],
    supporting: ['quality', quality()],
    contradicting: ['carried-failures', together(requests(well), carried)],
  },
  'embedding-mismatch': {
    required: ['retrieval-score', moved('search.top_score', 0.8, 0.3)],
    supporting: ['quality', quality()],
    contradicting: ['carried-failures', together(requests(well), carried)],
  },
  'schema-change': {
    required: ['schema', moved('schema.violations', 0, 9)],
    supporting: ['quality', quality()],
    contradicting: null,
  },
  'data-drift': {
    required: ['drift', psi()],
    supporting: ['quality', quality()],
    contradicting: ['quality-by-version', worseVersion('other')],
  },
  'model-degradation': {
    required: ['quality-by-version', worseVersion()],
    supporting: ['quality', quality()],
    contradicting: ['drift', psi(elsewhere)],
  },
  'model-swap': {
    service: 'gateway',
    required: ['model-change', asking({ model: 'x-0426' })],
    supporting: ['quality', quality('other')],
    contradicting: null,
  },
  'prompt-regression': {
    service: 'agent',
    required: ['prompt-change', asking({ prompt: 'v2' })],
    supporting: ['quality', quality('other')],
    contradicting: ['model-change', asking({ model: 'x-0426' }, asks('helper', 'proxy'))],
  },
  'context-overflow': {
    service: 'agent',
    required: ['context-limit', asking({ end: 'length' })],
    supporting: ['prompt-length', asking({ input: 9_000, end: 'length' })],
    contradicting: ['retrieval', found(elsewhere)],
  },
  'training-divergence': {
    required: ['loss', moved('train.loss', 0.5, 9)],
    supporting: null,
    contradicting: null,
  },
  'concept-drift': {
    required: ['quality', quality()],
    supporting: null,
    contradicting: ['drift', psi(elsewhere)],
  },
  'inference-slow': {
    required: ['queue', queue],
    supporting: ['self-time', requests(slow)],
    contradicting: ['output-length', asking({ output: 190 })],
  },
  'code-exception': {
    required: ['error-origin', requests(failing, 20, broken)],
    supporting: ['retries', more(again(), 20)],
    contradicting: ['unexplained-failures', more(apart, 20)],
  },
  'tool-failure': {
    required: ['tool-failure', tools('!', 20, 'no such city')],
    supporting: ['attribute-contrast', tools('', 40, '', 4)],
    contradicting: ['rate-limited', tools('!', 6, '429 too many requests')],
  },
  'agent-loop': {
    service: 'agent',
    required: ['agent-turns', turns(9)],
    supporting: ['attribute-contrast', turns(2, 40, 4)],
    contradicting: ['quality', quality('other')],
  },
  'wrong-step': {
    service: 'coder',
    required: ['rejected-step', { unlabelled: team }],
    supporting: null,
    contradicting: null,
  },
  'early-return': {
    required: ['skipped-event', returning()],
    supporting: ['change', returning(ofVersion('2'), ofVersion('1'))],
    contradicting: ['freshness', freshness(elsewhere)],
  },
  'bad-release': {
    required: [
      'release-contrast',
      { baseline: earlier(well, 60, ofVersion('1')), incident: later(slow, 40, ofVersion('2')) },
    ],
    supporting: ['error-origin', more(failing, 20, { ...ofVersion('2'), ...broken })],
    contradicting: ['cpu', someCpu],
  },
  'slow-operation': {
    required: ['self-time', requests(slow, 20, inRegion('eu'))],
    supporting: ['attribute-contrast', more(well, 15, inRegion('us'))],
    contradicting: ['cpu', someCpu],
  },
};

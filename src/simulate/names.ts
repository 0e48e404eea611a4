/**
 * Names by seed. Two vocabularies say what a service does, in two companies' manner of speaking;
 * the third deals code names to roles at random, so that no role can be read off a name.
 */
import type { Random } from './random.ts';

/** Services around those that the system is about. */
export const sideRoles = [
  'side1',
  'side2',
  'side3',
  'side4',
  'side5',
  'side6',
  'side7',
  'side8',
  'side9',
  'side10',
  'side11',
  'side12',
  'side13',
] as const;

const roles = [
  'gateway',
  'api',
  'profile',
  'features',
  'job',
  'retriever',
  'embedder',
  'model',
  'flags',
  'reranker',
  'policy',
  'vectors',
  'cache',
  'featureDb',
  'profileDb',
  'warehouse',
  'console',
  'jobs',
  'launcher',
  'trainer',
  'loader',
  'tracker',
  'objects',
  'jobsDb',
  'assistant',
  'llmProxy',
  'provider',
  'toolA',
  'toolB',
  'validator',
  'rollout',
  'registry',
  'broker',
  'consumer',
  ...sideRoles,
] as const;
export type Role = (typeof roles)[number];

export interface Names {
  readonly service: Readonly<Record<Role, string>>;
  readonly views: readonly string[];
  readonly model: string;
  readonly project: string;
}

const shop = [
  'edge-gateway recommendation-api profile-service feature-server feature-materializer',
  'candidate-retriever text-embedder ranking-model experiment-service item-reranker',
  'policy-filter vector-index session-redis features-redis profile-postgres events-warehouse',
  'ml-console training-jobs job-launcher ranker-trainer batch-loader run-tracker',
  'artifact-store jobs-postgres shopping-assistant llm-gateway openai-api order-lookup price-quote',
  'data-validator rollout-controller model-registry events-kafka events-sink',
  'inventory-service price-calculator tax-service geo-lookup promotion-engine auth-service',
  'media-resolver review-summary wishlist-service currency-rates session-tracker ads-selector',
  'consent-store',
];
const bank = [
  'ingress risk-decision-api customer-directory featurestore featurestore-batch case-search',
  'embedding-svc fraud-scorer toggles score-calibrator compliance-check case-vectors',
  'shared-cache online-kv customer-db ledger-lake workbench pipeline-control cluster-runner',
  'fraud-trainer dataset-reader lineage blob-store pipeline-db case-copilot inference-router',
  'anthropic-api sanctions-lookup ledger-query quality-gate release-manager model-catalog',
  'bus activity-writer',
  'identity limits-service fx-quotes branch-locator device-fingerprint tenant-config',
  'merchant-lookup holiday-calendar iban-check velocity-counter consent-ledger rate-cards',
  'document-index',
];
const codeNames = [
  'atlas birch comet delta ember falcon garnet harbor indigo juniper kestrel lumen meridian nimbus',
  'onyx pelican quartz raven saffron tundra umber vesper willow zephyr aspen bramble cinder dune',
  'egret fjord gale heron iris jasper kite larch mistral nectar osprey poplar quill rowan sable',
  'teal ulex viola wren',
];

const domains = [
  { views: ['user_activity', 'item_stats', 'session_context'], model: 'ranker', project: 'shop' },
  {
    views: ['account_velocity', 'merchant_risk', 'device_signals'],
    model: 'risk-net',
    project: 'payments',
  },
  {
    views: ['viewer_history', 'title_popularity', 'watch_signals'],
    model: 'tower-v',
    project: 'media',
  },
] as const;

const split = (rows: readonly string[]): string[] => rows.join(' ').split(' ');

export function chooseNames(random: Random): Names {
  const which = random.int(0, 2);
  const words = [split(shop), split(bank), random.shuffle(split(codeNames))][which] ?? [];
  const domain = random.pick(domains);
  const suffix = which === 2 ? '' : random.pick(['', '', '-prod', '-eu1']);
  const entries = roles.map((role, place) => {
    const word = words[place] ?? role;
    return [role, role === 'trainer' && which === 2 ? `${word}-trainer` : `${word}${suffix}`];
  });
  return {
    service: Object.fromEntries(entries) as Record<Role, string>,
    views: random.shuffle(domain.views),
    model: domain.model,
    project: domain.project,
  };
}

const podLetters = 'bcdfghjklmnpqrstvwxz2456789';
const letters = (count: number, random: Random): string =>
  Array.from({ length: count }, () => podLetters[random.int(0, podLetters.length - 1)]).join('');

/** How one estate names its processes and hosts. */
export interface Naming {
  instance(service: string, index: number): string;
  host(index: number): string;
  /** The name a client dials for a service. */
  address(service: string): string;
}

export function chooseNaming(random: Random): Naming {
  const pod = (service: string) => `${service}-${random.hex(9)}-${letters(5, random)}`;
  const instance = random.pick([
    pod,
    () => random.hex(12),
    (service: string, index: number) => `${service}-${index}`,
  ]);
  const host = random.pick([
    (index: number) => `ip-10-0-${16 + index * 3}-${random.int(4, 250)}`,
    (index: number) => `node-${'abc'[index % 3]}${index + 1}`,
    () => `gke-pool-${random.hex(8)}-${letters(4, random)}`,
  ]);
  const zone = random.chance(0.25) ? '.ml.svc.cluster.local' : '';
  return { instance, host, address: (service) => `${service}${zone}` };
}

/** The next version after `version`, in its own manner: 1.4.2 → 1.5.0, v17 → v18. */
export function nextVersion(version: string): string {
  const semantic = /^(\d+)\.(\d+)\.\d+$/.exec(version);
  if (semantic) return `${semantic[1]}.${Number(semantic[2]) + 1}.0`;
  return version.replace(/\d+$/, (digits) =>
    String(Number(digits) + 1).padStart(digits.length, '0'),
  );
}

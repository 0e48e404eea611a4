/** Building services on hosts, replacing their instances, and stopping them. */
import { createClock } from './clock.ts';
import { type Layout, plainLayout } from './layout.ts';
import type { Names, Naming, Role } from './names.ts';
import type { Random } from './random.ts';
import type { Value } from './telemetry.ts';
import type { Host, Instance, Language, Protocol, Service, Timeline, World } from './world.ts';

/** Clocks within a data centre agree to about 2 ms (assumption: ordinary NTP). */
const clockErrorMs = 2;

export interface Estate {
  readonly world: World;
  readonly names: Names;
  readonly layout: Layout;
  /**
   * Adds a service; its style (language, conventions, version) is drawn by seed. A part that lives
   * in the process of another is given that one's service.
   */
  add(role: Role, shape: Shape): Service;
}

interface Shape {
  readonly protocol: Protocol;
  readonly instances?: number;
  readonly concurrency?: number;
  readonly instrumented?: boolean;
  readonly languages?: readonly Language[];
  readonly cpuShare?: number;
  readonly package?: string;
  readonly version?: string;
  /** Resource attributes of the instance with this index, besides the usual ones. */
  readonly extra?: (index: number) => Readonly<Record<string, Value>>;
  /** Index of the host of an instance; drawn at random if absent. */
  readonly hostOf?: (index: number) => number;
}

export function createEstate(
  timeline: Timeline,
  streams: {
    readonly names: Names;
    readonly naming: Naming;
    readonly random: Random;
    readonly chance: Random;
    readonly hosts: number;
    readonly layout?: Layout;
  },
): Estate {
  const { names, naming, random, chance, layout = plainLayout } = streams;
  const style = random.fork('style');
  const hosts = Array.from({ length: streams.hosts }, (_, index) => ({
    ...described(naming.host(index)),
    clockOffset: style.between(-clockErrorMs, clockErrorMs),
    diskTaken: 0,
    diskMs: 0,
  }));
  // Some hosts keep time badly: seen in most fleets, an assumption in its amount.
  const late = style.pick(hosts);
  const skewed = hosts.map((host) =>
    host === late && style.chance(0.3) ? { ...host, clockOffset: style.between(-60, 60) } : host,
  );
  const world: World = {
    clock: createClock(),
    timeline,
    telemetry: { spans: [], logs: [], points: [] },
    naming,
    hosts: skewed,
    lossy: new Map(),
    services: [],
    random: chance.fork('mechanics'),
    ids: chance.fork('ids'),
    sampling: style.between(0.34, 0.42),
    traffic: 1,
    retrying: null,
    surge: new Map(),
  };
  const placed = new Map<Role, Service>();
  const add = (role: Role, shape: Shape) => {
    const home = placed.get(layout.homes.get(role) ?? role);
    const service = home ?? createService(names.service[role], shape, naming, style);
    service.roles.push(role);
    placed.set(role, service);
    if (home) return home;
    const count = service.instrumented ? (shape.instances ?? style.int(1, 2)) : 1;
    for (let index = 0; index < count; index += 1) {
      const host = shape.hostOf ? skewed[shape.hostOf(index)] : style.pick(skewed);
      service.instances.push(createInstance(world, service, index, host ?? style.pick(skewed)));
    }
    world.services.push(service);
    // Exporters drop spans when they are behind: of few services, and few spans.
    if (style.chance(0.06)) world.lossy.set(service.name, style.between(0.002, 0.02));
    return service;
  };
  return { world, names, layout, add };
}

/** A host by its name, and as the agent on it describes it. */
const described = (name: string): Pick<Host, 'name' | 'resource'> => ({
  name,
  resource: {
    scope: 'hostmetrics',
    attributes: { 'service.name': 'node-agent', 'host.name': name },
  },
});

const ports: Readonly<Record<Protocol, number>> = {
  http: 8080,
  grpc: 50051,
  redis: 6379,
  postgresql: 5432,
  cassandra: 9042,
  s3: 9000,
  qdrant: 6334,
  kafka: 9092,
};

function createService(name: string, shape: Shape, naming: Naming, style: Random): Service {
  return {
    name,
    roles: [],
    address: naming.address(name),
    ip: `10.${style.int(32, 47)}.${style.int(0, 255)}.${style.int(2, 250)}`,
    port: ports[shape.protocol],
    protocol: shape.protocol,
    language: style.pick(shape.languages ?? ['go', 'python', 'java', 'nodejs']),
    conventions: style.pick(['old', 'new']),
    instrumented: shape.instrumented ?? true,
    package: shape.package ?? `${name.replaceAll('-', '.')}.v1.Api`,
    concurrency: shape.concurrency ?? 16,
    cpuShare: shape.cpuShare ?? style.between(0.3, 0.8),
    errorRate: shape.instrumented === false ? 0 : style.between(0.0001, 0.0008),
    version: shape.version ?? `${style.int(0, 4)}.${style.int(1, 30)}.${style.int(0, 9)}`,
    releases: 0,
    instances: [],
    registered: 1,
    network: { delayMs: 0, loss: 0 },
    refused: 0,
    calls: 0,
    recordedCalls: 0,
    limit: null,
    accepted: [],
    connectionLeak: 0,
    code: new Map(),
    pools: new Map(),
    turn: 0,
    extra: shape.extra ?? (() => ({})),
  };
}

const sdkNames: Readonly<Record<Language, string>> = {
  go: 'go.opentelemetry.io/contrib',
  python: 'opentelemetry.instrumentation',
  java: 'io.opentelemetry',
  nodejs: '@opentelemetry/instrumentation',
};

function createInstance(world: World, service: Service, index: number, host: Host): Instance {
  const id = world.naming.instance(service.name, index);
  // Limits are set with room: twice of what is held at rest.
  const held = world.random.lognormal(320e6, 0.5);
  return {
    service,
    host,
    id,
    index,
    resource: {
      scope: sdkNames[service.language],
      attributes: {
        'service.name': service.name,
        'service.version': service.version,
        'service.instance.id': id,
        'host.name': host.name,
        'telemetry.sdk.language': service.language,
        ...service.extra(index),
      },
    },
    bornAt: world.clock.now(),
    release: service.releases,
    up: true,
    busy: 0,
    queue: [],
    pending: new Set(),
    cpuMs: 0,
    memoryBytes: held,
    cacheBytes: 0,
    leakedBytes: 0,
    leakPerRequest: 0,
    memoryLimit: 2 * held,
    cpuTaken: 0,
    restarts: 0,
    served: 0,
  };
}

/**
 * Rolls out `version`, one instance after another, `staggerMs` apart; the number of the release. The
 * old process finishes what it has begun; the new one, under a new name where the estate names by
 * process, takes over, and finds on its host and in its configuration what the old one found.
 */
export function rollOut(
  world: World,
  service: Service,
  version: string,
  staggerMs: number,
): number {
  const start = world.clock.now();
  service.releases += 1;
  const release = service.releases;
  for (const [place] of service.instances.entries()) {
    world.clock.at(start + place * staggerMs, () => {
      const old = service.instances[place];
      if (!old?.up) return;
      service.version = version;
      const fresh = createInstance(world, service, old.index, old.host);
      const { cpuTaken, leakPerRequest } = old;
      const cacheBytes = (old.cacheBytes / old.memoryLimit) * fresh.memoryLimit;
      service.instances[place] = { ...fresh, release, cpuTaken, leakPerRequest, cacheBytes };
    });
  }
  return release;
}

/** Kills the first `count` instances at once: what they were working on is reset and lost. */
export function stop(service: Service, count: number): void {
  for (const instance of service.instances.slice(0, count)) kill(instance);
}

function kill(instance: Instance): void {
  instance.up = false;
  for (const reply of instance.pending) reply.settled.open();
  instance.pending.clear();
}

/** Kills one process, and starts another in its place after `pauseMs`, under the same name. */
export function restart(world: World, instance: Instance, pauseMs: number): void {
  const { service } = instance;
  const place = service.instances.indexOf(instance);
  if (!instance.up || place < 0) return;
  kill(instance);
  world.clock.at(world.clock.now() + pauseMs, () => {
    if (service.instances[place] !== instance) return;
    service.instances[place] = {
      ...instance,
      bornAt: world.clock.now(),
      up: true,
      busy: 0,
      queue: [],
      pending: new Set(),
      cpuMs: 0,
      leakedBytes: 0,
      restarts: instance.restarts + 1,
      served: 0,
    };
  });
}

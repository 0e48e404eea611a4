/**
 * A queue between services: whoever publishes goes on at once, a consumer works off what waits.
 *
 *     api       ─[publish]─→ (broker)  m4 m3 m2 ─→ consumer [ m1 ] ─→ (warehouse)
 *
 * Physics: the consumer takes one message after the other, so what waits grows with whatever
 * comes faster than it is worked off, and the warehouse knows the world up to the oldest message
 * that still waits. Consumers of the old conventions go on in the producer's trace, those of the
 * new ones begin a trace with a link to it (OpenTelemetry, "Semantic conventions for messaging
 * spans"). Name of the metric: the Collector's kafkametrics receiver.
 */
import { type Call, type Context, makeCall } from './calls.ts';
import type { Gate, Task } from './clock.ts';
import { ownTrouble } from './failures.ts';
import { work } from './resources.ts';
import {
  closeSpan,
  gauge,
  type Instance,
  type OpenSpan,
  openSpan,
  type Request,
  recordPoint,
  type Service,
  startRequest,
  type World,
  writeLog,
} from './world.ts';

export interface Topic {
  readonly name: string;
  readonly consumer: Service;
  /** What the consumer does with a message. */
  readonly store: Call;
  readonly waiting: Message[];
  /** Opens with the next message. */
  arrival: Gate;
  /** Messages worked off. */
  done: number;
}

interface Message {
  readonly publishedAt: number;
  readonly request: Request;
  readonly producer: OpenSpan | undefined;
}

/** Median work on one message, ms. */
const workMs = 30;
const reportEveryMs = 15_000;
/** After so many messages a consumer says how far it is. */
const commitEvery = 25;

export const createTopic = (
  { clock }: World,
  name: string,
  consumer: Service,
  store: Call,
): Topic => ({ name, consumer, store, waiting: [], arrival: clock.gate(), done: 0 });

/** The effect of publishing, at the broker. */
export function append(world: World, topic: Topic, { request, caller }: Context): void {
  topic.waiting.push({ publishedAt: world.clock.now(), request, producer: caller });
  topic.arrival.open();
  topic.arrival = world.clock.gate();
}

/** Up to when everything published has been worked off, ms. */
export const workedOffUpTo = ({ clock }: World, { waiting }: Topic): number =>
  waiting[0]?.publishedAt ?? clock.now();

export function startTopic(world: World, topic: Topic): void {
  world.clock.spawn(consume(world, topic));
  world.clock.spawn(report(world, topic));
}

/** What it works on still counts as waiting: its offset is committed afterwards. */
function* consume(world: World, topic: Topic): Task {
  for (;;) {
    const [message] = topic.waiting;
    const instance = topic.consumer.instances[0];
    if (!message) yield topic.arrival;
    else if (!instance?.up) yield 500;
    else {
      yield* handle(world, topic, instance, message);
      topic.waiting.shift();
      topic.done += 1;
      if (topic.done % commitEvery === 0) {
        const body = `committed offset ${topic.done} of ${topic.name}-0`;
        writeLog(world, instance, { severity: 'INFO', body });
      }
    }
  }
}

function* handle(world: World, topic: Topic, instance: Instance, message: Message): Task {
  const { consumer, name, store } = topic;
  const isOld = consumer.conventions === 'old';
  const { producer } = message;
  const request = isOld ? message.request : startRequest(world, message.request.recorded);
  const span = openSpan(world, request, instance, {
    name: isOld ? `${name} process` : `process ${name}`,
    kind: 5,
    ...(isOld ? { parent: producer } : { link: producer }),
    attributes: () => ({
      'messaging.system': 'kafka',
      'messaging.destination.name': name,
      [isOld ? 'messaging.operation' : 'messaging.operation.type']: 'process',
      'messaging.consumer.group.name': consumer.name,
    }),
  });
  const slow = consumer.code.get(name)?.slow ?? 1;
  yield* work(world, instance, world.random.lognormal(workMs, 0.4) * slow);
  const own = world.random.chance(consumer.errorRate) ? ownTrouble(world.random) : null;
  const failure = own ?? (yield* makeCall(world, { request, instance, span }, store));
  if (failure) {
    const body = `message of ${name} given up: ${failure.message}`;
    writeLog(world, instance, { severity: 'ERROR', body, span });
  }
  closeSpan(world, span, failure);
}

function* report(world: World, topic: Topic): Task {
  for (;;) {
    yield reportEveryMs;
    const [instance] = topic.consumer.instances;
    if (!instance) continue;
    recordPoint(world, instance, {
      metric: 'kafka.consumer_group.lag',
      unit: '{message}',
      attributes: { topic: topic.name, group: topic.consumer.name },
      reading: gauge(topic.waiting.length),
    });
  }
}

/** Calls that several parts of the inference system make. */
import type { Call, Operation } from './calls.ts';
import type { Endpoint } from './conventions.ts';
import type { Services } from './inference-services.ts';
import { type Index, search } from './retrieval.ts';
import type { Service, World } from './world.ts';

/** `io` is the share of the work that waits for a disk. */
export const leaf = (endpoint: Endpoint, workMs: number, sigma: number, io = 0): Operation => ({
  ...{ endpoint, workMs, sigma, io, stages: [] },
});

export const call = (target: Service, operation: Operation, timeoutMs: number): Call => ({
  target,
  operation,
  timeoutMs,
  retries: 0,
});

/** The named endpoint in the manner of the service's protocol. */
export const endpoint = (service: Service, rpc: string, path: string): Endpoint =>
  service.protocol === 'grpc' ? { name: rpc } : { name: path, method: 'POST' };

export function profileCall({ profile, profileDb, cache }: Services): Call {
  const read = call(profileDb, leaf({ name: 'SELECT', table: 'profiles' }, 3, 0.5, 0.6), 400);
  const cached = call(cache, leaf({ name: 'GET', table: 'profile' }, 0.6, 0.4), 100);
  const operation = {
    ...leaf(endpoint(profile, 'GetProfile', '/internal/profile'), 4, 0.5),
    stages: [[{ ...cached, optional: true }], [{ ...read, share: 0.7 }]],
  };
  return { ...call(profile, operation, 800), retries: 1 };
}

export function searchCall(world: World, services: Services, index: Index): Call {
  const { retriever, embedder, vectors } = services;
  const embedding: Operation = {
    ...leaf({ name: 'Embed' }, 14, 0.35),
    effect: ({ span }) => {
      if (span) span.attributes['gen_ai.request.model'] = index.embedding;
    },
  };
  const embed = { ...call(embedder, embedding, 700), retries: 1 } as const;
  const nearest = call(vectors, leaf({ name: 'search', table: 'items' }, 11, 0.5, 0.5), 600);
  const operation: Operation = {
    ...leaf(endpoint(retriever, 'Retrieve', '/internal/retrieve'), 6, 0.5),
    stages: [[embed], [nearest]],
    effect: (context) => search(world, index, context),
  };
  return { ...call(retriever, operation, 1_600), retries: 1 };
}

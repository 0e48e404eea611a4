/**
 * Search by meaning: a query is embedded, the index gives what lies nearest.
 *
 * Physics: an index holds vectors of the model that it was built with. A query embedded by another
 * lies anywhere, so its best score falls to that of chance, and what it finds does not help
 * (`match`); an index that lost its contents finds nothing (`filled`).
 */
import type { Context } from './calls.ts';
import type { Task } from './clock.ts';
import { double } from './telemetry.ts';
import { gauge, recordPoint, type Service, type World } from './world.ts';

export interface Index {
  readonly retriever: Service;
  readonly embedder: Service;
  readonly vectors: Service;
  /** Name of the embedding model that queries go through. */
  embedding: string;
  /** Share of queries that find anything. */
  filled: number;
  /** 1: queries and index speak of the same space; 0: of two. */
  match: number;
  readonly style: 'openinference' | 'plain';
  /** Since the last report. */
  searches: number;
  documents: number;
  scores: number;
}

const [bestScore, chanceScore, scoreSpread] = [0.8, 0.32, 0.05];
const documentCounts = [3, 8] as const;
/** A document below this says nothing about the question. */
export const usefulScore = 0.5;

/** The effect of a search on the request and its span. */
export function search(world: World, index: Index, { request, span }: Context): void {
  const { random } = world;
  request.documents = random.chance(index.filled) ? random.int(...documentCounts) : 0;
  const level = chanceScore + (bestScore - chanceScore) * index.match;
  request.topScore =
    request.documents === 0 ? 0 : Math.min(0.99, Math.max(0, random.normal(level, scoreSpread)));
  index.searches += 1;
  index.documents += request.documents;
  index.scores += request.topScore;
  if (!span) return;
  const names =
    index.style === 'openinference'
      ? ['retrieval.documents.count', 'retrieval.documents.top_score']
      : ['search.results.count', 'search.top_score'];
  span.attributes[names[0] as string] = request.documents;
  span.attributes[names[1] as string] = double(request.topScore);
}

const reportEveryMs = 15_000;

export function* reportRetrieval(world: World, index: Index): Task {
  for (;;) {
    yield reportEveryMs;
    const instance = index.retriever.instances[0];
    if (instance && index.searches > 0) {
      const readings = [
        ['retrieval.documents.returned', index.documents / index.searches],
        ['retrieval.top_score', index.scores / index.searches],
      ] as const;
      for (const [metric, value] of readings) {
        recordPoint(world, instance, {
          metric,
          unit: '1',
          reading: gauge(Number(value.toFixed(4))),
        });
      }
    }
    index.searches = 0;
    index.documents = 0;
    index.scores = 0;
  }
}

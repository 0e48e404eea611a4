/** Faults of what models read: features, and documents that are searched. */
import { rollOut } from '../estate.ts';
import type { View } from '../feature-views.ts';
import type { InferenceSystem } from '../inference.ts';
import { nextVersion } from '../names.ts';
import { writeLog } from '../world.ts';
import { type Draw, type Fault, geometric, linear, type Plan, truthOf } from './plan.ts';

const data = 'data' as const;

/** Where what is wrong in a view can be seen, and where it comes from. */
type Origin = 'job' | 'store';

/**
 * A fault of one feature view, on which the model depends: intensity also says how much (30 to
 * 80 % of what it knows).
 */
const onView = (
  name: string,
  origin: Origin,
  summary: string,
  range: string,
  change: (view: View, draw: Draw, system: InferenceSystem) => (level: number) => void,
): Fault => ({
  ...{ name, layer: data, summary, range, system: 'inference' as const },
  plan(system: InferenceSystem, draw: Draw): Plan {
    const { materialiser, api, model } = system;
    const { job, store, validator } = materialiser;
    const { warehouse } = system.services;
    const view = draw.random.pick(materialiser.views);
    const weight = linear(draw.intensity, 0.3, 0.8);
    for (const other of materialiser.views) other.weight = (1 - weight) / 2;
    view.weight = weight;
    const apply = change(view, draw, system);
    const root = origin === 'job' ? job : store;
    const others = origin === 'job' ? [store, validator, warehouse] : [job];
    return {
      truth: {
        root_cause_service: root.name,
        also_accepted: others.map((service) => service.name),
        entity: `dataset:${view.name}`,
        layer: data,
        fault_class: name,
        path: [
          ...(origin === 'job' ? [{ from: job.name, to: store.name }] : []),
          { from: store.name, to: api.name },
          { from: api.name, to: model.server.name },
        ],
      },
      involved: [job, store, model.server, api],
      strike: () => draw.rise(apply),
    };
  },
});

const schemaChange = onView(
  'schema-change',
  'job',
  'a column of the source of a feature view is gone: validation stops every run',
  'the view is 30 % of what the model knows … 80 %',
  (view, { random }) => {
    const column = random.pick(['amount_7d', 'last_seen_at', 'category_id', 'avg_basket']);
    return () => {
      view.brokenColumn = column;
    };
  },
);

const missingData = onView(
  'missing-data',
  'job',
  'the source of a feature view gives fewer rows: values are absent',
  '12 % absent … 80 %',
  (view, { intensity }) => {
    const absent = geometric(intensity, 0.12, 0.8);
    return (level) => {
      view.condition.nulls = level * absent;
      view.rows = 1 - level * absent;
    };
  },
);

/**
 * Its schedule stops, or its source holds nothing new. Nothing on the serving path fails; its age
 * climbs and the model knows less.
 */
const staleData: Fault = {
  name: 'stale-data',
  layer: data,
  summary: 'a feature view is no longer refilled; predictions rest on old values',
  range: 'the view is 30 % of what the model knows … 90 %',
  system: 'inference',
  plan(system, { random, intensity }) {
    const { materialiser, model, api } = system;
    const { job, store, reporter } = materialiser;
    const view = random.pick(materialiser.views);
    const supply = random.pick(['not-triggered', 'no-new-data'] as const);
    const weight = linear(intensity, 0.3, 0.9);
    for (const other of materialiser.views) other.weight = (1 - weight) / 2;
    view.weight = weight;
    const fromJob = reporter === job ? [{ from: job.name, to: store.name }] : [];
    return {
      truth: {
        root_cause_service: reporter.name,
        also_accepted: [reporter === job ? store.name : job.name],
        entity: `dataset:${view.name}`,
        layer: data,
        fault_class: this.name,
        path: [
          ...fromJob,
          { from: store.name, to: api.name },
          { from: api.name, to: model.server.name },
        ],
      },
      involved: [job, store, model.server, api],
      strike: () => {
        view.supply = supply;
      },
    };
  },
};

const dataCorruption = onView(
  'data-corruption',
  'job',
  'rows of a feature view are damaged; validation finds only some of them',
  '6 % of rows … 50 %',
  (view, { intensity }) => {
    const damaged = geometric(intensity, 0.06, 0.5);
    return (level) => {
      view.condition.corrupt = level * damaged;
    };
  },
);

const dataDrift = onView(
  'data-drift',
  'store',
  'the inputs of the model move away from those it was trained on',
  'half a standard deviation … 2.2',
  (view, { intensity, random }) => {
    const shift = geometric(intensity, 0.5, 2.2) * (random.chance(0.5) ? 1 : -1);
    return (level) => {
      view.condition.shift = level * shift;
    };
  },
);

/** A new version of the store computes a feature otherwise than training did. */
const trainingServingSkew: Fault = onView(
  'training-serving-skew',
  'store',
  'a release of the feature store computes a feature otherwise than training did',
  'a third off … one and a half times',
  (view, { intensity }, { materialiser, world }) => {
    const skew = geometric(intensity, 0.35, 1.5);
    let isReleased = false;
    return (level) => {
      const { store } = materialiser;
      if (!isReleased) rollOut(world, store, nextVersion(store.version), 6_000);
      isReleased = true;
      view.condition.skew = level * skew;
    };
  },
);

const retrievalEmpty: Fault = {
  name: 'retrieval-empty',
  layer: data,
  summary: 'the index lost its contents: searches find nothing',
  range: 'a quarter of them … nearly all',
  system: 'inference',
  plan(system, { intensity, rise }) {
    const { index } = system;
    const filled = linear(intensity, 0.75, 0.04);
    return {
      truth: truthOf(system, index.vectors, {
        layer: data,
        fault_class: this.name,
        entity: 'dataset:items',
        also_accepted: [index.retriever.name],
      }),
      involved: [index.retriever, index.vectors],
      strike: () =>
        rise((level) => {
          index.filled = 0.98 - level * (0.98 - filled);
        }),
    };
  },
};

const embeddingMismatch: Fault = {
  name: 'embedding-mismatch',
  layer: data,
  summary: 'queries go through a new embedding model, the index was built with the old one',
  range: 'scores fall by a third of the way to chance … all the way',
  system: 'inference',
  plan(system, { intensity, random }) {
    const { index, world } = system;
    const match = linear(intensity, 0.65, 0.03);
    const next = nextVersion(index.embedding);
    const staggerMs = random.between(3_000, 9_000);
    return {
      truth: truthOf(system, index.embedder, {
        layer: data,
        fault_class: this.name,
        entity: `model:${next}`,
        also_accepted: [index.retriever.name, index.vectors.name],
      }),
      involved: [index.embedder, index.retriever],
      strike: () => {
        rollOut(world, index.embedder, nextVersion(index.embedder.version), staggerMs);
        const body = `loaded ${next} in ${world.random.int(900, 3_000)} ms`;
        world.clock.at(world.clock.now() + 10, () => {
          const [instance] = index.embedder.instances;
          if (instance) writeLog(world, instance, { severity: 'INFO', body });
        });
        index.embedding = next;
        index.match = match;
      },
    };
  },
};

export const dataFaults: readonly Fault[] = [
  schemaChange,
  missingData,
  staleData,
  dataCorruption,
  dataDrift,
  trainingServingSkew,
  retrievalEmpty,
  embeddingMismatch,
];

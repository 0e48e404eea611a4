/** Faults of what models read: features, and documents that are searched. */
import { rollOut } from '../estate.ts';
import type { View } from '../feature-views.ts';
import type { InferenceSystem } from '../inference.ts';
import { nextVersion } from '../names.ts';
import { type Service, writeLog } from '../world.ts';
import {
  type Draw,
  type Fault,
  geometric,
  linear,
  namesBesides,
  type Plan,
  pathAlong,
  truthOf,
} from './plan.ts';

const data = 'data' as const;

/** Services that a fault of a view is seen in first, and whoever could be named as well. */
interface Seen {
  readonly root: Service;
  readonly others: readonly Service[];
}

const inJob = ({ materialiser, services }: InferenceSystem): Seen => ({
  root: materialiser.job,
  others: [materialiser.store, materialiser.validator, services.warehouse],
});
const inStore = ({ materialiser }: InferenceSystem): Seen => ({
  root: materialiser.store,
  others: [materialiser.job],
});
/** Where freshness is reported. */
const inReporter = ({ materialiser: { reporter, job, store } }: InferenceSystem): Seen => ({
  root: reporter,
  others: [reporter === job ? store : job],
});

/** How much of what the model knows rests on the view, at intensity 0 and 1. */
type Weight = readonly [least: number, most: number];

const usual: Weight = [0.3, 0.8];

/** A fault of one feature view, on which the model depends. */
const onView = (
  name: string,
  seenIn: (system: InferenceSystem) => Seen,
  summary: string,
  range: string,
  onset: 'sudden' | 'either',
  change: (view: View, draw: Draw, system: InferenceSystem) => (level: number) => void,
  [least, most]: Weight = usual,
): Fault => ({
  ...{ name, layer: data, summary, range, onset, system: 'inference' as const },
  plan(system: InferenceSystem, draw: Draw): Plan {
    const { materialiser, api, model } = system;
    const { job, store } = materialiser;
    const view = draw.random.pick(materialiser.views);
    const weight = linear(draw.intensity, least, most);
    const apply = change(view, draw, system);
    const { root, others } = seenIn(system);
    return {
      truth: {
        root_cause_service: root.name,
        also_accepted: namesBesides(root, others),
        entity: `dataset:${view.name}`,
        layer: data,
        fault_class: name,
        path: pathAlong([...(root === job ? [job] : []), store, api, model.server]),
      },
      prepare() {
        for (const other of materialiser.views) other.weight = (1 - weight) / 2;
        view.weight = weight;
      },
      strike: () => (onset === 'sudden' ? apply(1) : draw.rise(apply)),
    };
  },
});

const schemaChange = onView(
  'schema-change',
  inJob,
  'a column of the source of a feature view is gone: validation stops every run',
  'the view is 30 % of what the model knows … 80 %',
  'sudden',
  (view, { random }) => {
    const column = random.pick(['amount_7d', 'last_seen_at', 'category_id', 'avg_basket']);
    return () => {
      view.brokenColumn = column;
    };
  },
);

const missingData = onView(
  'missing-data',
  inJob,
  'the source of a feature view gives fewer rows: values are absent',
  '12 % absent … 80 %',
  'either',
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
const staleData = onView(
  'stale-data',
  inReporter,
  'a feature view is no longer refilled; predictions rest on old values',
  'the view is 30 % of what the model knows … 90 %',
  'sudden',
  (view, { random }) => {
    const supply = random.pick(['not-triggered', 'no-new-data'] as const);
    return () => {
      view.supply = supply;
    };
  },
  [0.3, 0.9],
);

const dataCorruption = onView(
  'data-corruption',
  inJob,
  'rows of a feature view are damaged; validation finds only some of them',
  '6 % of rows … 50 %',
  'either',
  (view, { intensity }) => {
    const damaged = geometric(intensity, 0.06, 0.5);
    return (level) => {
      view.condition.corrupt = level * damaged;
    };
  },
);

const dataDrift = onView(
  'data-drift',
  inStore,
  'the inputs of the model move away from those it was trained on',
  'half a standard deviation … 2.2',
  'either',
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
  inStore,
  'a release of the feature store computes a feature otherwise than training did',
  'a third off … one and a half times',
  'sudden',
  (view, { intensity }, { materialiser, world }) => {
    const skew = geometric(intensity, 0.35, 1.5);
    return () => {
      const { store } = materialiser;
      rollOut(world, store, nextVersion(store.version), 6_000);
      view.condition.skew = skew;
    };
  },
);

const retrievalEmpty: Fault = {
  name: 'retrieval-empty',
  layer: data,
  summary: 'the index lost its contents: searches find nothing',
  range: 'a quarter of them … nearly all',
  onset: 'either',
  system: 'inference',
  plan(system, { intensity, rise }) {
    const { index } = system;
    const filled = linear(intensity, 0.75, 0.04);
    return {
      truth: truthOf(system, index.vectors, {
        layer: data,
        fault_class: this.name,
        entity: 'dataset:items',
        also_accepted: namesBesides(index.vectors, [index.retriever]),
      }),
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
  onset: 'sudden',
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
        also_accepted: namesBesides(index.embedder, [index.retriever, index.vectors]),
      }),
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

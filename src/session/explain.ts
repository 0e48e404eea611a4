/** Two cohorts of a case held against each other, as the filter language names them. */
import { contrast } from '../diagnose/index.ts';
import { UserError } from '../errors.ts';
import type {
  Cohort,
  Contrast,
  ContrastedSignal,
  ContrastFinding,
  ContrastTerm,
  ExplainedFinding,
  ExplainedTerm,
  ExplainRequest,
  Explanation,
  Filter,
  FilterTest,
  Store,
} from '../model.ts';
import { filterTerm, misreadings, parseFilter, testsIn } from '../search/index.ts';
import { digits } from '../text.ts';

/**
 * Records of a side that are compared: a share is then known to 0.22 points (one standard error),
 * and memory does not grow with the case.
 */
const mostRecords = 50_000;

/** @throws {UserError} if a filter is wrong. */
export async function explain(store: Store, request: ExplainRequest): Promise<Explanation> {
  const { signal, filters } = readingOf(request);
  const { found, overlap, records } = await store.cohorts(signal, filters, mostRecords);
  const named = [filters.incident, ...(filters.baseline ? [filters.baseline] : [])].flatMap(keysIn);
  const hints = await hintsTo({ signal, filters }, found, store);
  const result = contrast(records, (of, key) =>
    named.some((one) => one.of === of && one.key === key),
  );
  const cohort = (side: Cohort, filter: string | null) => ({
    filter,
    records: found[side],
    compared: result.sizes[side].records,
    traces: result.sizes[side].clusters,
  });
  return {
    signal,
    outcome: outcomeOf(result),
    where: cohort('incident', request.where),
    versus: cohort('baseline', request.versus),
    overlap,
    tested: result.tested,
    total: result.findings.length,
    findings: result.findings.map((finding, at) => published(finding, at + 1)),
    leftOut: [
      ...[...new Set(named.map(keyText))].map((key) => ({
        ...{ key, why: 'filter' as const, values: null },
      })),
      ...result.ids.map(({ values, ...key }) => ({
        ...{ key: keyText(key), why: 'id' as const, values },
      })),
    ],
    hints,
  };
}

/** Why a side may be empty, or hold what nobody asked for. */
async function hintsTo(
  { signal, filters: { incident, baseline } }: Reading,
  found: Readonly<Record<Cohort, number>>,
  store: Store,
): Promise<readonly string[]> {
  const filters = [incident, ...(baseline ? [baseline] : [])];
  const misread = [...new Set(filters.flatMap(misreadings))];
  if (misread.length > 0 || (found.incident > 0 && found.baseline > 0)) return misread;
  if (baseline === null && testsIn(incident).length === 0 && found.incident > 0) {
    return [
      'the filter of --where is empty, so every record passes and none is left to compare with',
    ];
  }
  const keys = filters
    .flatMap(testsIn)
    .flatMap((test) => (test.test === 'attribute' ? [test.key] : []));
  const unknown = [...new Set(keys)]
    .slice(0, mostUnknown)
    .map((key) => unknownAt(key, signal, store));
  return (await Promise.all(unknown)).filter((hint) => hint !== null);
}

/** Attributes that are looked up at most: each takes a pass over the case. */
const mostUnknown = 5;

const nouns: Readonly<Record<ContrastedSignal, readonly [one: string, many: string]>> = {
  spans: ['span', 'spans'],
  logs: ['log record', 'log records'],
};

/** Null if some record of the signal has the attribute. */
async function unknownAt(key: string, signal: ContrastedSignal, store: Store) {
  const filter: Filter = { test: 'attribute', key, comparison: '=', value: null };
  const isThere = async (of: ContrastedSignal): Promise<boolean> =>
    (await store.count(of === 'spans' ? 'traces' : 'logs', filter)) > 0;
  if (await isThere(signal)) return null;
  const other = signal === 'spans' ? 'logs' : 'spans';
  const elsewhere = (await isThere(other))
    ? `, but ${nouns[other][1]} have: --signal ${other}`
    : '';
  return `no ${nouns[signal][0]} has an attribute ${key}${elsewhere}`;
}

function outcomeOf({ sizes, enough, findings }: Contrast): Explanation['outcome'] {
  if (sizes.incident.records === 0 || sizes.baseline.records === 0) return 'empty';
  if (!enough) return 'too-few';
  return findings.length > 0 ? 'differ' : 'alike';
}

interface Reading {
  readonly signal: ContrastedSignal;
  readonly filters: { readonly incident: Filter; readonly baseline: Filter | null };
}

/** Spans, unless only logs have what the filters name. */
function readingOf({ where, versus, signal }: ExplainRequest): Reading {
  const as = (of: ContrastedSignal): Reading => {
    const parsed = (text: string): Filter => parseFilter(text, of === 'spans' ? 'traces' : 'logs');
    const baseline = versus === null ? null : parsed(versus);
    return { signal: of, filters: { incident: parsed(where), baseline } };
  };
  if (signal !== null) return as(signal);
  try {
    return as('spans');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    try {
      return as('logs');
    } catch {
      throw error;
    }
  }
}

type Key = Pick<ContrastTerm, 'of' | 'key'>;

/** What the filters say tells the cohorts apart by itself. */
const keysIn = (filter: Filter): readonly Key[] => testsIn(filter).flatMap(keysOf);

function keysOf(test: FilterTest): readonly Key[] {
  if (test.test === 'attribute') return [{ of: 'attribute', key: test.key }];
  const field = (key: string): Key => ({ of: 'field', key });
  if (test.test === 'duration') return [field('dur')];
  if (test.test === 'severity') return [field('sev')];
  if (test.test !== 'text') return [];
  const attribute = sameAs[test.field];
  return attribute ? [field(test.field), { of: 'attribute', key: attribute }] : [field(test.field)];
}

/** Attributes that say what a field says. */
const sameAs: Readonly<Partial<Record<string, string>>> = {
  service: 'service.name',
  instance: 'service.instance.id',
};

const keyText = ({ of, key }: Key): string => (of === 'attribute' ? `@${key}` : key);

function published(finding: ContrastFinding, rank: number): ExplainedFinding {
  const { terms, alike, incident, baseline, examples, ...rest } = finding;
  const filters = terms.map(filterTerm);
  const rounded = ({ count, share }: typeof incident) => ({ count, share: digits(share) });
  return {
    rank,
    terms: terms.map(explained),
    alike: alike.map(explained),
    filter: filters.includes(null) ? null : filters.join(' '),
    where: rounded(incident),
    versus: rounded(baseline),
    ...rest,
    difference: digits(rest.difference),
    lift: rest.lift === null ? null : digits(rest.lift),
    statistic: rest.statistic === null ? null : digits(rest.statistic),
    p: digits(rest.p),
    q: digits(rest.q),
    examples: { where: examples.incident, versus: examples.baseline },
  };
}

const explained = (term: ContrastTerm): ExplainedTerm => ({
  ...term,
  text: filterTerm(term) ?? `event ${filterTerm({ ...term, of: 'attribute' })?.slice(1)}`,
});

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
import { filterTerm, parseFilter } from '../search/index.ts';
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
  };
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
function keysIn(filter: Filter): readonly Key[] {
  if ('all' in filter) return filter.all.flatMap(keysIn);
  if ('any' in filter) return filter.any.flatMap(keysIn);
  return 'not' in filter ? keysIn(filter.not) : keysOf(filter);
}

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

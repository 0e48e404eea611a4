/** What a filter text means: a tree over tests of one record. */

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** Fields that are compared as text; `*` in a pattern stands for any text. */
export type TextField =
  | 'service'
  | 'instance'
  | 'name'
  | 'kind'
  | 'status'
  | 'scope'
  | 'layer'
  | 'label'
  | 'trace'
  | 'span'
  | 'event'
  | 'body'
  | 'template'
  | 'statement'
  | 'metric'
  | 'unit'
  | 'type';

export type FilterTest =
  | { readonly test: 'text'; readonly field: TextField; readonly pattern: string }
  /** `value` is a pattern for `=` and `!=`, else a number; null: only that the attribute is there. */
  | {
      readonly test: 'attribute';
      readonly key: string;
      readonly comparison: Comparison;
      readonly value: string | number | bigint | null;
    }
  | { readonly test: 'duration'; readonly comparison: Comparison; readonly ns: number }
  | { readonly test: 'value'; readonly comparison: Comparison; readonly value: number | bigint }
  /** Severity numbers of the OTLP log data model, from and to. */
  | {
      readonly test: 'severity';
      readonly comparison: Comparison;
      readonly low: number;
      readonly high: number;
    }
  | { readonly test: 'time'; readonly edge: 'since' | 'until'; readonly time: FilterTime }
  /** Anywhere in the words of a record, whatever the case of letters. */
  | { readonly test: 'words'; readonly text: string };

/** Unix nanoseconds, or nanoseconds before the end of the case's data. */
export type FilterTime =
  | { readonly unixNs: bigint; readonly beforeEndNs?: never }
  | { readonly beforeEndNs: number; readonly unixNs?: never };

export type Filter =
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | FilterTest;

/** What can be listed. A trace is tested by its spans. */
export type Listed = 'traces' | 'logs' | 'metrics';

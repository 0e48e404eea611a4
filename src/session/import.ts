/** Dumps → case: all files of one call are one transaction, and a bad file costs only itself. */
import { UserError } from '../errors.ts';
import { type Dump, fileSource, listDump, openDump, type Source } from '../import/index.ts';
import type { Batch, FileSummary, Store } from '../model.ts';
import { openStore } from '../store/index.ts';
import { canReadInBackground, openInBackground } from './dump-background.ts';
import { holder, type Period, periodOf } from './period.ts';

export interface ImportOptions {
  /** Given to every file; undefined: by its folder, `baseline/` or `incident/`; null: none. */
  readonly label?: string | null | undefined;
  /**
   * What attribute names of the user stand for; kept in the case, so that it gives the same answer
   * everywhere. Left out: as the case has it.
   */
  readonly mapping?: Readonly<Record<string, string>>;
  /** Starts a fresh case. */
  readonly fresh?: boolean;
  /**
   * ISO 8601 (UTC where no zone is given): records before `since`, or at `until` and after, are
   * left out and not counted. A span counts by its start; a record without a time is kept.
   */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Reads and counts everything, keeps nothing. */
  readonly dryRun?: boolean;
  /** Bytes of standard input, for the path `-`. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly path: string;
  readonly bytesRead: number;
  /** Null when the size is not known (standard input). */
  readonly bytesTotal: number | null;
  readonly records: number;
  /** `storing`: all is read, and duplicates are looked for; `done`: it is in the case. */
  readonly stage: 'reading' | 'storing' | 'done';
}

export interface ImportResult {
  readonly files: readonly FileSummary[];
  readonly totals: Omit<FileSummary, 'path' | 'format' | 'defects'> & {
    readonly traces: number;
    readonly services: number;
  };
  /** Files that could not be read at all, with the reason; the others are imported. */
  readonly unreadable: readonly { readonly path: string; readonly error: UserError }[];
  readonly warnings: readonly string[];
}

/**
 * Imports dumps into the case at `path`, creating it if there is none. The case changes all at
 * once, at the end: until then, and if nothing could be read, it is as it was.
 * @throws {UserError} if nothing at all could be read, or the case cannot be written.
 */
export async function importDumps(
  path: string,
  dumps: readonly string[],
  options: ImportOptions = {},
): Promise<ImportResult> {
  const period = periodOf(options);
  const { found, unreadable } = await list(dumps);
  if (found.length === 0 && unreadable[0]) throw unreadable[0].error;
  const store = openStore(path, options.dryRun ? 'scratch' : 'write', {
    fresh: options.fresh ?? false,
  });
  try {
    await store.setMapping(options.mapping ?? null);
    const files = await importAll(store, found, period, options, unreadable);
    const [failure] = unreadable;
    if (files.length === 0 && failure) throw failure.error;
    if (totalsOf(files).read === totalsOf(files).skipped) throw nothingImportable(files);
    const { traces, services, foreign } = await store.summarise();
    const warnings = foreign
      ? [
          'these files share no service and no trace with what the case held; use --new for a fresh case',
        ]
      : [];
    return { files, totals: { ...totalsOf(files), traces, services }, unreadable, warnings };
  } finally {
    await store.close();
  }
}

/** What each file brought; those that cannot be read are added to `unreadable`. */
async function importAll(
  store: Store,
  found: Listing['found'],
  period: Period | null,
  options: ImportOptions,
  unreadable: Listing['unreadable'],
): Promise<readonly FileSummary[]> {
  const files: FileSummary[] = [];
  for (const file of found) {
    const label = options.label === undefined ? file.label : options.label;
    const outcome = await importFile(store, file.path, label, period, options);
    if (outcome instanceof UserError) unreadable.push({ path: file.path, error: outcome });
    else files.push(outcome);
  }
  return files;
}

/** Files that are well formed and hold no record: importing them would only empty a good case. */
function nothingImportable(files: readonly FileSummary[]): UserError {
  const names = files.map(({ path }) => path).slice(0, 3);
  const defect = files.flatMap(({ defects }) => defects)[0]?.examples[0];
  return new UserError('unreadable', `${names.join(', ')}: no record that can be imported`, {
    hint: defect ?? 'Check the file, and --since and --until. The case is as it was.',
  });
}

interface Listing {
  readonly found: { readonly path: string; readonly label: string | null }[];
  readonly unreadable: { readonly path: string; readonly error: UserError }[];
}

async function list(dumps: readonly string[]): Promise<Listing> {
  const listing: Listing = { found: [], unreadable: [] };
  for (const dump of dumps) {
    const files = await listDump(dump).catch(asUserError);
    if (files instanceof UserError) listing.unreadable.push({ path: dump, error: files });
    else listing.found.push(...files);
  }
  return listing;
}

/** The error, if a person can act on it; any other is a bug and is thrown on. */
function asUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}

/** What the file brought, or why it cannot be read. What the store throws is not the file's fault. */
async function importFile(
  store: Store,
  path: string,
  label: string | null,
  period: Period | null,
  { label: asked, stdin, onProgress }: ImportOptions,
): Promise<FileSummary | UserError> {
  const source = await fileSource(path, stdin).catch(asUserError);
  if (source instanceof UserError) return source;
  const mapped = await store.mappedNames();
  const dump = await open(source, period, mapped).catch(asUserError);
  if (dump instanceof UserError) return dump;
  const file = await store.beginFile(path, label);
  let records = 0;
  const report = (stage: ImportProgress['stage']): void =>
    onProgress?.({ path, bytesRead: dump.bytesRead(), bytesTotal: source.size, records, stage });
  for await (const batch of withFailure(dump.batches)) {
    if (batch instanceof UserError) {
      await file.rollback();
      return batch;
    }
    await file.add(batch);
    records += batch.spans.count + batch.logs.count + batch.points.count;
    report('reading');
  }
  report('storing');
  // Part of a file is not the file: importing all of it later must not look like a repetition.
  const sha256 = period
    ? `${dump.sha256()} ${period.from ?? ''}/${period.to ?? ''}`
    : dump.sha256();
  const summary = await file.commit({ format: dump.format, sha256 });
  if (asked === null) await store.relabel(sha256, null);
  report('done');
  return summary;
}

/** Reading is worth a thread from this size on. */
const backgroundBytes = 4 * 1024 * 1024;

function open(source: Source, period: Period | null, mapped: readonly string[]): Promise<Dump> {
  const { path, size } = source;
  if (canReadInBackground && path !== '-' && size !== null && size >= backgroundBytes) {
    return openInBackground({ path, period, mapped });
  }
  return openDump(source, { mapped, ...(period && { holds: holder(period) }) });
}

/** The batches, and at their end the reason if they end too early. */
async function* withFailure(batches: AsyncIterable<Batch>): AsyncGenerator<Batch | UserError> {
  try {
    yield* batches;
  } catch (error) {
    yield asUserError(error);
  }
}

function totalsOf(files: readonly FileSummary[]) {
  const sum = (count: (file: FileSummary) => number): number =>
    files.reduce((total, file) => total + count(file), 0);
  return {
    read: sum((file) => file.read),
    spans: sum((file) => file.spans),
    logs: sum((file) => file.logs),
    metrics: sum((file) => file.metrics),
    metricPoints: sum((file) => file.metricPoints),
    spanEvents: sum((file) => file.spanEvents),
    spanLinks: sum((file) => file.spanLinks),
    exemplars: sum((file) => file.exemplars),
    duplicates: sum((file) => file.duplicates),
    skipped: sum((file) => file.skipped),
  };
}

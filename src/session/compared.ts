/** Which windows are compared: by flags, by what was chosen for the case, by labels, or by none. */
import { UserError } from '../errors.ts';
import { planComparison } from '../features/index.ts';
import type {
  ComparisonPlan,
  Features,
  LabelWindow,
  Signal,
  Store,
  TraceSummary,
  Window,
  WindowChoices,
} from '../model.ts';
import { nanos } from '../model.ts';
import { openStore } from '../store/index.ts';
import { isoTime } from '../text.ts';
import { type CaseTimes, parseTime, parseWindow } from './times.ts';

export interface DiagnosisRequest {
  /**
   * A label; `FROM/TO` in ISO 8601 or relative to the end of the data (`-10m/-5m`); `-10m`, up to
   * the end of the data; `trace:ID`; or `auto`, not what was chosen for the case. Left out, that.
   */
  readonly baseline?: string | undefined;
  readonly incident?: string | undefined;
  /** Onset as the user knows it: the incident begins here. */
  readonly at?: string | undefined;
  /** Signals, and names of detectors, that are left out. */
  readonly without?: readonly string[];
  /** Whether `features` also have the metrics and points that no detector reads. */
  readonly everyPoint?: boolean;
}

const signals: readonly string[] = ['traces', 'logs', 'metrics'] satisfies readonly Signal[];

export const isSignal = (name: string): name is Signal => signals.includes(name);

/** What the windows or cohorts asked for hold. */
export async function compared(
  store: Store,
  request: DiagnosisRequest,
): Promise<{ readonly features: Features; readonly summaries: readonly TraceSummary[] }> {
  const { plan, summaries } = await planned(store, request);
  const { everyPoint = false } = request;
  return { features: await store.features({ ...plan, everyPoint }), summaries };
}

/** What is compared with what. */
export async function planned(
  store: Store,
  request: DiagnosisRequest,
): Promise<{ readonly plan: ComparisonPlan; readonly summaries: readonly TraceSummary[] }> {
  const times = await timesOf(store);
  const chosen = await store.windowChoices();
  const window = async (name: keyof WindowChoices): Promise<Window | LabelWindow | null> => {
    const spec = request[name] ?? chosen[name];
    return spec === null || spec === 'auto' ? null : await windowOf(store, spec, times);
  };
  const summaries = await store.traceSummaries();
  const without = (request.without ?? []).filter(isSignal);
  const onset = sinceOnset(request.at, times);
  const named = {
    baseline: await window('baseline'),
    incident:
      request.incident === undefined
        ? (onset ?? (await window('incident')))
        : await window('incident'),
  };
  refuseOverlap(named, times);
  const isNamed = named.baseline || named.incident || times.labels.some(isSide);
  const plan = planComparison(summaries, times.labels, {
    ...named,
    without,
    indicators: isNamed || without.includes('metrics') ? [] : await store.indicators(),
    extent: { from: nanos(0), to: nanos(times.end) },
  });
  return { plan, summaries };
}

/** @throws {UserError} if the incident has nothing that is not baseline as well. */
function refuseOverlap(
  { baseline, incident }: Readonly<Record<keyof WindowChoices, Window | LabelWindow | null>>,
  times: CaseTimes,
): void {
  if (!baseline || !incident) return;
  if ('label' in baseline && 'label' in incident && baseline.label !== incident.label) return;
  if (incident.from < baseline.from || incident.to > baseline.to) return;
  throw new UserError(
    'usage',
    'the incident lies within the baseline: nothing is left to compare',
    {
      hint: `Name two windows that differ. ${extentHint(times)}`,
    },
  );
}

const isSide = ({ label }: LabelWindow): boolean => label === 'baseline' || label === 'incident';

async function timesOf(store: Store): Promise<CaseTimes> {
  const labels = await store.labelWindows();
  const epoch = BigInt(await store.epochNs());
  const end = Number(BigInt(await store.endNs()) - epoch);
  return { epoch, end, labels };
}

async function windowOf(
  store: Store,
  spec: string,
  times: CaseTimes,
): Promise<Window | LabelWindow> {
  const window = spec.startsWith('trace:')
    ? await traceWindow(store, spec.slice('trace:'.length))
    : parseWindow(spec, times);
  if (window.to >= 0 && window.from <= times.end) return window;
  throw new UserError('usage', `${spec}: no data of this case lie there`, {
    hint: extentHint(times),
  });
}

/** From the first to the last moment of a trace. */
async function traceWindow(store: Store, prefix: string): Promise<Window> {
  const { spans } = (await store.trace(prefix)).tree;
  const from = spans.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
  const to = spans.reduce((most, { end }) => Math.max(most, end), 0);
  return { from: nanos(from), to: nanos(to) };
}

const extentHint = ({ epoch, end }: CaseTimes): string =>
  `The data lie from ${isoTime(epoch)} to ${isoTime(epoch + BigInt(end))}.`;

/** From the onset as the user knows it to the end of the data. */
function sinceOnset(at: string | undefined, times: CaseTimes): Window | null {
  if (at === undefined) return null;
  const from = parseTime(at, times);
  if (from > times.end) {
    throw new UserError('usage', `${at}: after the end of the data`, {
      hint: extentHint(times),
    });
  }
  if (from < 0) {
    throw new UserError('usage', `${at}: before the beginning of the data`, {
      hint: extentHint(times),
    });
  }
  return { from: nanos(from), to: nanos(times.end) };
}

/** A window of the case, and where it comes from. */
export interface NamedWindow {
  readonly name: string;
  /** `chosen`: by `aidebug window`. `label`: the extent of what has that label. */
  readonly source: 'chosen' | 'label';
  /** As it was written; null for a label. */
  readonly spec: string | null;
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
}

/** The windows of a case: those chosen by hand, then the labels they do not replace. */
export async function caseWindows(path: string): Promise<readonly NamedWindow[]> {
  const store = openStore(path, 'read');
  try {
    const times = await timesOf(store);
    const chosen = Object.entries(await store.windowChoices());
    const shown = (window: Window) => ({
      from: isoTime(times.epoch + BigInt(window.from)),
      to: isoTime(times.epoch + BigInt(window.to)),
    });
    const windows: NamedWindow[] = [];
    for (const [name, spec] of chosen) {
      if (spec === null) continue;
      windows.push({ name, source: 'chosen', spec, ...shown(await windowOf(store, spec, times)) });
    }
    for (const window of times.labels) {
      if (windows.some(({ name }) => name === window.label)) continue;
      windows.push({ name: window.label, source: 'label', spec: null, ...shown(window) });
    }
    return windows;
  } finally {
    await store.close();
  }
}

/**
 * Chooses a window of the case; `auto` leaves it to aidebug again.
 * @throws {UserError} if the window is malformed, or no data lie in it.
 */
export async function chooseWindow(
  path: string,
  name: keyof WindowChoices,
  spec: string,
): Promise<void> {
  const reader = openStore(path, 'read');
  try {
    if (spec !== 'auto') await windowOf(reader, spec, await timesOf(reader));
  } finally {
    await reader.close();
  }
  const store = openStore(path, 'write');
  try {
    await store.chooseWindow(name, spec === 'auto' ? null : spec);
  } finally {
    await store.close();
  }
}

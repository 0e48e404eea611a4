/**
 * What a screen is: data about keys, and pure functions. A screen knows neither the terminal nor
 * React; only the frame does.
 */
import type {
  Cell,
  Log,
  LogRecords,
  LogTemplates,
  MetricLines,
  Note,
  Overview,
  Preview,
  PublishedReference,
  SpanId,
  TraceData,
  TraceId,
  TraceLine,
} from '../model.ts';
import type { ContrastQuestion } from './contrasts.ts';
import type { Held } from './held.ts';
import type { Key } from './keys.ts';
import type { Line } from './line.ts';
import type { Motion } from './list.ts';

/** Something that can be looked at. Plain data: history is a list of places. */
export type Place =
  | { readonly screen: 'incident' }
  /** With the cursor on the cause at `service`, if that is given. */
  | { readonly screen: 'causes'; readonly service?: string }
  /** With the service in the middle, if that is given. */
  | { readonly screen: 'graph'; readonly service?: string }
  /** Those that pass the filter, if that is given. */
  | { readonly screen: 'traces'; readonly filter?: string }
  | { readonly screen: 'trace'; readonly traceId: TraceId; readonly spanId: SpanId | null }
  | { readonly screen: 'logs'; readonly filter?: string }
  /** Records of one statement; null: all records. */
  | {
      readonly screen: 'lines';
      readonly service: string | null;
      readonly template: string | null;
      /** Those around a moment, ns since the epoch, as text; with the cursor on that record. */
      readonly around?: string;
      readonly id?: string;
      readonly filter?: string;
    }
  | { readonly screen: 'log'; readonly id: string }
  /** What tells records apart: of a service, or those that pass a filter. */
  | { readonly screen: 'explain'; readonly service?: string; readonly where?: string }
  | { readonly screen: 'notes' }
  /** With a statement to run, if that is given. */
  | { readonly screen: 'sql'; readonly sql?: string }
  /** Two traces; left out, an example of the first cause. */
  | { readonly screen: 'diff'; readonly a?: TraceId; readonly b?: TraceId }
  | { readonly screen: 'metrics'; readonly filter?: string }
  | {
      readonly screen: 'point';
      readonly metric: string;
      readonly service: string;
      /** ISO 8601. */
      readonly at: string;
      /** With the cursor on the series of that key, if that is given. */
      readonly series?: string;
    };
export type ScreenName = Place['screen'];

/** Something that a screen wants to know beside what it is made from. Plain data. */
export type Question =
  /** Ids of the traces that pass. */
  | { readonly ask: 'traces'; readonly filter: string }
  /** Log records that pass. */
  | { readonly ask: 'logs'; readonly filter: string }
  /** Everything of the case that has a name. */
  | { readonly ask: 'names' }
  /** The first spans whose id begins so: hex digits. */
  | { readonly ask: 'spans'; readonly begin: string }
  /** Views and their columns, for statements. */
  | { readonly ask: 'tables' }
  /** How many traces pass, and the first of them. */
  | { readonly ask: 'matching'; readonly filter: string }
  /** Which distributions moved. */
  | { readonly ask: 'drift' }
  | { readonly ask: 'diff'; readonly a: TraceId; readonly b: TraceId }
  /** Which values tell records apart; `versus` null: from all others. */
  | { readonly ask: 'explain'; readonly where: string; readonly versus: string | null }
  /** `run` tells two runs of one statement apart. */
  | { readonly ask: 'sql'; readonly sql: string; readonly run: number };

/** Why a question has no answer: the next of its kind came before it. */
export const replacedText = 'another took its place';

/** Ids of the traces that pass a filter, and what that is in SQL. */
export interface PassingTraces {
  readonly ids: ReadonlySet<string>;
  readonly condition: string;
}

/** Log records that pass a filter. */
export interface PassingLogs extends LogRecords {
  readonly condition: string;
}

/** Traces that pass a filter: how many, and the longest. */
export interface MatchingTraces {
  readonly total: number;
  readonly traces: readonly {
    readonly traceId: string;
    readonly service: string;
    readonly name: string;
    readonly durationMs: number | null;
    readonly failed: boolean;
  }[];
}

/** The first spans whose id begins with some letters. */
export interface MatchingSpans {
  readonly spans: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly service: string;
    readonly name: string;
  }[];
  readonly more: boolean;
}

/** The first rows of what a statement returns. */
export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly more: boolean;
  /** Statements that hold what people and models said; left out: no text of a log is among what was read. */
  readonly said?: ReadonlySet<string>;
}

/** What came of a question. */
export type Reply = { readonly answer: unknown } | { readonly problem: string };

/** What each screen is made from, once the session has read it. */
export interface Subjects {
  readonly incident: Overview;
  readonly causes: Overview;
  readonly graph: Overview;
  readonly traces: { readonly epochNs: string; readonly traces: readonly TraceLine[] };
  readonly trace: { readonly data: TraceData; readonly spanId: SpanId | null };
  readonly logs: LogTemplates;
  readonly lines: LogRecords;
  readonly metrics: MetricLines;
  readonly diff: Overview;
  readonly notes: readonly Note[];
  readonly explain: { readonly questions: readonly ContrastQuestion[] };
  readonly sql: {
    readonly tables: readonly { readonly name: string; readonly columns: readonly string[] }[];
  };
  readonly log: { readonly epochNs: string; readonly log: Log };
  /** Series of that metric and service; the one with the point at that time first. */
  readonly point: MetricLines & { readonly at: string };
}

/** Columns and rows that a screen may fill; not the whole terminal. */
export interface Area {
  readonly columns: number;
  readonly rows: number;
  /** True: nothing stands side by side, for who hears the text. */
  readonly linear?: boolean;
}

/** Whether there is room for two things side by side, which takes that many columns. */
export const isBeside = ({ columns, linear }: Area, from: number): boolean =>
  linear !== true && columns >= from;

/** A key as `keys.ts` names it (`j`, `G`, `ctrl-d`, `enter`), and what it does. */
export interface Binding<Action extends string = string> {
  /** The first one is shown in the footer. */
  readonly keys: readonly string[];
  readonly action: Action;
  /** One or two words, in the footer and the help. */
  readonly help: string;
  /** True: only in the help, to keep the footer short. */
  readonly quiet?: true;
}

/** What a line of text is asked for: a note on something, maybe with what is said of it first; or a command. */
export type PromptPurpose =
  | {
      readonly ask: 'note';
      readonly target: string;
      /** Put before the text; empty: nothing. */
      readonly before: string;
    }
  | { readonly ask: 'command' };

/** What a key leads to: the screen's new state, and where to go from here. */
export interface Step<State> {
  readonly state: State;
  readonly go?: Place;
  /** A line to be asked for. */
  readonly prompt?: { readonly label: string; readonly purpose: PromptPurpose };
  /** The statement that runs is ended. */
  readonly cancel?: true;
  /** A note that is taken away. */
  readonly unnote?: number;
  /** Said in the footer until the next key. */
  readonly say?: string;
}

export interface Screen<State, Subject, Action extends string = string> {
  readonly title: string;
  readonly bindings: readonly Binding<Action>[];
  /** False: the key does nothing as it stands, and the footer does not name it; text: what it does now. */
  readonly offers?: (state: State, action: Action) => boolean | string;
  /** True: `/` filters it. `filtered` is then called at every letter. */
  readonly filtered?: (state: State, text: string, area: Area) => State;
  /** The filter that holds by now, where the screen drops it by itself. */
  readonly filterIn?: (state: State) => string;
  /** True while keys are text for it: `typed` is then called with every key but Ctrl-C. */
  readonly typing?: (state: State) => boolean;
  /** Keys that begin that: what follows them before the screen is there is text as well. */
  readonly typedAfter?: readonly string[];
  /** What the footer says of its keys meanwhile. */
  readonly typingHint?: string;
  readonly typed?: (state: State, key: Key, area: Area) => State;
  /** True while Esc has something to close within the screen; it then gets the action `close`. */
  readonly closable?: (state: State) => boolean;
  /** The cursor where the place says. */
  readonly aimed?: (state: State, place: Place, area: Area) => State;
  /** What it wants to know as it stands; asked once, whenever it becomes another. */
  readonly wants?: (state: State) => Question | null;
  /** The last question has its reply. */
  readonly answered?: (state: State, question: Question, reply: Reply, area: Area) => State;
  /** What is under the cursor, to be copied or noted; null: nothing. */
  readonly held?: (state: State) => Held | null;
  /** A statement that returns its list as it is filtered and sorted; null: there is none. */
  readonly listSql?: (state: State) => string | null;
  /** Why it does not list what was asked for: the filter is none, or it was not found; null: it does. */
  readonly problem?: (state: State) => string | null;
  /** The rows of its list, for a file: how many, and the state with the cursor on one. */
  readonly rows?: (state: State) => {
    readonly count: number;
    at(index: number): State;
  };
  /** The notes of the case: when it is read, and after each change. */
  readonly noted?: (state: State, notes: readonly Note[]) => State;
  /** Fields of the state, plain data, that are kept from one time to the next. */
  readonly keeps?: readonly string[];
  /** Fields of the state that `u` puts back as they were. */
  readonly undoes?: readonly string[];
  /** Plain data of it for when the same thing is opened again, and what it is; null: as it begins. */
  readonly leaves?: (state: State) => { readonly key: string; readonly kept: unknown };
  /** As it was left; `kept` may come from a file and be anything. */
  readonly returned?: (state: State, kept: unknown, area: Area) => State;
  /** What stands behind the title in the breadcrumb. */
  readonly crumb?: (state: State) => string;
  init(subject: Subject, area: Area): State;
  update(state: State, action: Action | Motion, area: Area): Step<State>;
  /** What is seen until it has been read, if something is known already. */
  readonly waiting?: (preview: Preview, area: Area) => readonly Line[];
  /** At most `area.rows` lines of at most `area.columns` columns. */
  View(state: State, area: Area): readonly Line[];
}

/** What the key is bound to; null: nothing. */
export const actionOf = <Action extends string>(
  bindings: readonly Binding<Action>[],
  { name }: Key,
): Action | null => bindings.find(({ keys }) => name !== '' && keys.includes(name))?.action ?? null;

/** The bindings that do something as the screen stands, with what they do then. */
export function offered(
  { bindings, offers }: Pick<Screen<unknown, unknown, string>, 'bindings' | 'offers'>,
  state: { readonly of: unknown } | null,
): readonly Binding[] {
  if (!state || !offers) return bindings;
  return bindings.flatMap((binding) => {
    const now = offers(state.of, binding.action);
    return now === false ? [] : now === true ? [binding] : [{ ...binding, help: now }];
  });
}

/** Where a reference of an evidence leads. */
export function placeOf(reference: PublishedReference): Place {
  switch (reference.signal) {
    case 'span':
      return { screen: 'trace', traceId: reference.traceId, spanId: reference.spanId };
    case 'log':
      return { screen: 'log', id: reference.id };
    case 'metric':
      return {
        screen: 'point',
        metric: reference.metric,
        service: reference.service,
        at: reference.at,
      };
  }
}

/** Keys that move the cursor of every screen. */
export const motions: readonly Binding<Motion>[] = [
  { keys: ['j', 'down'], action: 'down', help: 'down', quiet: true },
  { keys: ['k', 'up'], action: 'up', help: 'up', quiet: true },
  { keys: ['g', 'home'], action: 'top', help: 'first', quiet: true },
  { keys: ['G', 'end'], action: 'bottom', help: 'last', quiet: true },
  { keys: ['ctrl-d'], action: 'half-down', help: 'half a page down', quiet: true },
  { keys: ['ctrl-u'], action: 'half-up', help: 'half a page up', quiet: true },
  { keys: ['ctrl-f', 'pagedown'], action: 'page-down', help: 'page down', quiet: true },
  { keys: ['ctrl-b', 'pageup'], action: 'page-up', help: 'page up', quiet: true },
];

/** `aidebug traces`, `logs` and `metrics`: what passes a filter. */
import { type Command, InvalidArgumentError } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import type { Listed, ListView } from '../../model.ts';
import type { Session } from '../../session.ts';
import { addCommand, type Context, countArgument, type Run } from '../command.ts';

interface Flags {
  readonly limit?: number;
  readonly sort?: ListView['sort'];
  readonly reveal?: boolean;
}

const help = `
Filter: terms side by side all hold; - or ! before one negates it; OR, ( ).
  service=cart* status=error dur>5s    fields; : is =, and != < <= > >=
  @gen_ai.request.model=emb-*          attributes, of the resource too; @KEY: any
  "free text"  sev>=warn  since:-10m   times count from the end of the data
A trace passes if one of its spans passes all terms; what is negated may hold of
none of its spans. Fields are listed where one is wrong.
Exit codes: 0 done, also without rows · 2 wrong filter · 4 no readable case`;

const about = {
  traces: {
    summary: 'list traces that pass a filter',
    kind: 'Traces',
    examples: `
aidebug traces status=error dur>5s
aidebug traces "service=orchestrator -@http.route:/health" --sort duration_ms:desc
aidebug traces since:-10m --format jsonl | jq -r .trace_id`,
  },
  logs: {
    summary: 'list log records that pass a filter',
    kind: 'Logs',
    examples: `
aidebug logs sev>=error
aidebug logs service=cart '"connection refused"' --limit 20
aidebug logs trace=4bf92f35* --format csv`,
  },
  metrics: {
    summary: 'list metric points that pass a filter',
    kind: 'Metrics',
    examples: `
aidebug metrics metric=gpu.* value>0.9
aidebug metrics service=trainer since:-5m --format csv`,
  },
} as const satisfies Record<Listed, object>;

/** Rows for a person; programs get all. */
const shownRows = 100;

const declareList =
  (of: Listed) =>
  (program: Command, run: Run): void => {
    const command = addCommand(program, of, {
      summary: about[of].summary,
      formats: ['table', 'json', 'jsonl', 'csv', 'md'],
      examples: about[of].examples,
    })
      .argument('[filter...]', 'terms; quote what the shell would take')
      .option(
        '--limit <n>',
        `rows at most (default: ${shownRows} for table and md, else all)`,
        countArgument,
      )
      .option('--sort <column>', 'a column, or COLUMN:desc (default: by time)', order)
      // A term that begins with - is no flag.
      .allowUnknownOption()
      .addHelpText('after', help)
      .action(
        run((context, words: readonly string[], flags: Flags) => list(context, of, words, flags)),
      );
    if (of === 'logs') command.option('--reveal', 'show prompts and completions in tables');
  };

export const traces = { declare: declareList('traces') };
export const logs = { declare: declareList('logs') };
export const metrics = { declare: declareList('metrics') };

function order(text: string): ListView['sort'] {
  const [, column = '', direction] = /^([^:]*)(?::(asc|desc))?$/.exec(text) ?? [];
  if (column !== '') return { column, descending: direction === 'desc' };
  throw new InvalidArgumentError('Write COLUMN or COLUMN:desc.');
}

async function list(
  context: Context,
  of: Listed,
  words: readonly string[],
  flags: Flags,
): Promise<number> {
  const flag = words.find((word) => word.startsWith('--'));
  if (flag !== undefined) {
    throw new UserError('usage', `unknown option ${flag}`, { hint: `aidebug ${of} --help` });
  }
  const { openSession } = await import('../../session.ts');
  const { isRowsFormat, rowsFormats } = await import('../../report/index.ts');
  const format = isRowsFormat(context.format) ? context.format : 'table';
  const usual = format === 'table' || format === 'md' ? shownRows : null;
  const limit = flags.limit ?? usual;
  await using session = await openSession(context.db);
  const view = { limit, sort: flags.sort ?? null, brief: format === 'table' };
  const filter = words.join(' ');
  const isForEyes = format === 'table' || format === 'md';
  const result =
    of === 'logs' && isForEyes && flags.reveal !== true
      ? await discreetly(await session.list(of, filter, { ...view, brief: false }), view)
      : await session.list(of, filter, view);
  const { total } = result;
  const rowsView = { ...context, kind: about[of].kind, facts: { total } };
  await context.printAll(rowsFormats[format](result, rowsView));
  if (limit !== null && total > limit) {
    context.tell(`${limit} of ${total} ${of} shown; --limit N shows more`);
  }
  return exitCodes.done;
}

type Result = Awaited<ReturnType<Session['list']>>;

/** Rows without what people and models said to each other: that is for eyes that ask for it. */
async function discreetly(result: Result, { brief }: ListView): Promise<Result> {
  const { discreetRow } = await import('../../tui/content-rows.ts');
  const { columns, rows } = result;
  const shown = brief ? result.brief : columns;
  const places = shown.map((name) => columns.indexOf(name));
  return {
    ...result,
    columns: shown,
    rows: (async function* () {
      for await (const row of rows) {
        const cells = discreetRow(columns, row, { shownBy: '--reveal' });
        yield places.map((at) => cells[at] ?? null);
      }
    })(),
  };
}

/** `aidebug traces`, `logs` and `metrics`: what passes a filter. */
import { type Command, InvalidArgumentError } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import type { Listed, ListView } from '../../model.ts';
import { addCommand, type Context, countArgument, type Run } from '../command.ts';

interface Flags {
  readonly limit?: number;
  readonly sort?: ListView['sort'];
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
    addCommand(program, of, {
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
  const brief = format === 'table';
  const sort = flags.sort ?? null;
  const result = await session.list(of, words.join(' '), { limit, sort, brief });
  const { total } = result;
  const view = { ...context, kind: about[of].kind, facts: { total } };
  await context.printAll(rowsFormats[format](result, view));
  if (limit !== null && total > limit) {
    context.tell(`${limit} of ${total} ${of} shown; --limit N shows more`);
  }
  return exitCodes.done;
}

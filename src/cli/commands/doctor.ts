/** `aidebug doctor`: is this machine fit, is the case sound, can its telemetry be trusted. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import type { HealthLine, StoreHealth } from '../../model.ts';
import { addCommand, type Context, type Run } from '../command.ts';

const examples = `
aidebug doctor
aidebug doctor data
aidebug doctor data --format json | jq '.data.rows[] | select(.count > 0)'
aidebug doctor coverage
aidebug doctor coverage --service ranking-model`;

const help = `
doctor data looks at the telemetry of the case: each check with its count, an
example and what it does to the answer (all examples: --format json).

doctor coverage looks at what is not there: which faults the telemetry of each
service could show, had they happened. It reads the codebook of causes backwards:
a fault class is found if one of the signs it requires could be seen, and told
apart if every sign that speaks for another class could be seen as well. Its
score is the weight of the signs that could be seen, as share of all that can
happen at such a service (a quarter of that if it is not found); a service is
the mean of its classes, the case the mean of its services. Below are the
missing signals, with what each alone would add to the score, if there were a
healthy time to compare with, and the attributes or metrics that would give it.
What a service is (taken for) is told by its spans and metrics; what sends
neither is only known by who calls it.
--service and --all show it class by class, csv and jsonl always.

Exit codes: 0 done · 1 doctor: a check failed · 2 no such service · 3 doctor
coverage: no telemetry of any service · 4 data, coverage: no readable case`;

interface Flags {
  readonly service?: string;
  readonly all?: true;
}

export function declare(program: Command, run: Run): void {
  addCommand(program, 'doctor', {
    summary: 'check this machine and the case; with data or coverage, its telemetry',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .argument('[what]', 'data: what is wrong in the telemetry; coverage: what it could not show')
    .option('--service <name>', 'coverage: of this service, class by class')
    .option('--all', 'coverage: of every service, class by class')
    .addHelpText('after', help)
    .action(run(doctor));
}

async function doctor(context: Context, what: string | undefined, flags: Flags): Promise<number> {
  if (what === 'coverage') return coverage(context, flags);
  if (flags.service !== undefined || flags.all) {
    throw new UserError('usage', '--service and --all are of doctor coverage', {
      hint: 'aidebug doctor coverage --all',
    });
  }
  if (what === 'data') return telemetry(context);
  if (what !== undefined) {
    throw new UserError('usage', `doctor cannot look at ${what}`, {
      hint: 'aidebug doctor data, or aidebug doctor coverage',
    });
  }
  const { storeHealth } = await import('../../session.ts');
  const lines = [
    { check: 'node', status: 'ok' as const, detail: `${process.version} on ${process.platform}` },
    ...storeLines(storeHealth(context.db), context.db),
    folderLine(context.db),
    ...(await terminalLines(context)),
  ];
  await printRows(context, lines, ['check', 'status', 'detail'], 'Doctor');
  const failed = lines.some(({ status }) => status === 'fail');
  return failed ? exitCodes.conditionFound : exitCodes.done;
}

async function telemetry(context: Context): Promise<number> {
  const { telemetryQuality } = await import('../../session.ts');
  const found = await telemetryQuality(context.db);
  const short = context.format === 'table';
  const rows = found.map(({ check, count, of, examples: all, effect }) => ({
    check,
    count,
    of,
    // A person sees what happened first; a program gets all.
    example: short ? (all[0] ?? '') : JSON.stringify(all),
    effect,
  }));
  const shown = short ? rows.filter(({ count }) => count > 0) : rows;
  await printRows(context, shown, ['check', 'count', 'of', 'example', 'effect'], 'DataQuality');
  if (shown.length < rows.length) {
    context.tell(`${rows.length - shown.length} checks found nothing`);
  }
  return exitCodes.done;
}

async function coverage(context: Context, { service, all }: Flags): Promise<number> {
  const { telemetryCoverage } = await import('../../session.ts');
  const { coverageReports, isRowsFormat } = await import('../../report/index.ts');
  const format = isRowsFormat(context.format) ? context.format : 'table';
  const found = await telemetryCoverage(context.db, service ?? null);
  const detailed = service !== undefined || all === true;
  await context.printAll(coverageReports[format](found, { ...context, detailed }));
  return exitCodes.done;
}

async function printRows<Row extends object>(
  context: Context,
  lines: readonly Row[],
  columns: readonly (keyof Row & string)[],
  kind: string,
): Promise<void> {
  const { isRowsFormat, rowsFormats, rowsOf } = await import('../../report/index.ts');
  const format = isRowsFormat(context.format) ? context.format : 'table';
  await context.printAll(rowsFormats[format](rowsOf(lines, columns), { ...context, kind }));
}

function storeLines(health: StoreHealth, db: string): readonly HealthLine[] {
  const { sqlite, json, fullText, caseFaults, schema } = health;
  const can = [json ? 'JSON' : 'no JSON', fullText ? 'full text' : 'no full text'].join(', ');
  const line: HealthLine = {
    check: 'sqlite',
    status: json ? 'ok' : 'fail',
    detail: `${sqlite}, ${can}`,
  };
  if (caseFaults === null) {
    return [line, { check: 'case', status: 'warn', detail: `${db}: none yet (aidebug import)` }];
  }
  const sound = caseFaults.length === 0;
  const detail = sound ? `${db}: sound, schema ${schema}` : `${db}: ${caseFaults.join('; ')}`;
  return [line, { check: 'case', status: sound ? 'ok' : 'fail', detail }];
}

/** Below this an import of an hour of telemetry may not fit. */
const littleBytes = 1e9;

function folderLine(db: string): HealthLine {
  let folder = dirname(resolve(db));
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return { check: 'folder', status: 'warn', detail: `${folder}: may not be written` };
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${folder}: may be written, ${(free / 1e9).toFixed(1)} GB free`;
  return { check: 'folder', status: free < littleBytes ? 'warn' : 'ok', detail };
}

async function terminalLines(context: Context): Promise<readonly HealthLine[]> {
  const { loadConfig, screensOf } = await import('../../config.ts');
  const { stdin, stdout, env } = process;
  const ends = { stdin: stdin.isTTY === true, stdout: stdout.isTTY === true };
  const { kind, ascii, reason } = screensOf({ ascii: context.ascii }, env, ends);
  const size = stdout.isTTY ? `${stdout.columns}x${stdout.rows}` : 'no terminal';
  const around = [
    env.TMUX ? 'tmux' : null,
    env.SSH_CONNECTION ? 'ssh' : null,
    env.CI ? 'CI' : null,
  ].filter((name) => name !== null);
  const where = around.length > 0 ? `, in ${around.join(', ')}` : '';
  const screens = kind === 'screens' ? 'screens work' : `${kind}: ${reason}`;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'none';
  const origins = loadConfig(process.cwd(), env).layers.map(({ origin }) => origin);
  return [
    {
      check: 'terminal',
      status: kind === 'screens' ? 'ok' : 'warn',
      detail: `${size}, TERM ${env.TERM ?? 'unset'}${where}; ${screens}`,
    },
    { check: 'colour', status: 'ok', detail: context.color ? 'on' : 'off' },
    {
      check: 'locale',
      status: ascii ? 'warn' : 'ok',
      detail: `${locale}: drawn with ${ascii ? 'ASCII only' : 'Unicode'}`,
    },
    { check: 'config', status: 'ok', detail: origins.join(', ') },
  ];
}

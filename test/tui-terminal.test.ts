/**
 * The screens as users have them: the built program in a real pseudo-terminal, and everything it
 * writes read by a terminal emulator. Whatever happens, the terminal must come back as it was.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type OpenTerminal, openTerminal, type TerminalOptions } from '../bench/terminal.js';
import type { Diagnosis } from '../src/model.ts';
import { aidebug, published, smallDump, temporaryFolder, written } from './cli.ts';

const program = fileURLToPath(new URL('../bin/aidebug.js', import.meta.url));
const data = process.env.AIDEBUG_DATA;
const shopDump = join(data ?? '', 'otlp/otel-tui/test_data.json');
const hasShop = Boolean(data) && existsSync(shopDump);

const keys = { enter: '\r', escape: '\x1b', ctrlC: '\x03', ctrlD: '\x04', ctrlZ: '\x1a' } as const;

/** A case in a folder of its own; its path. */
async function caseOf(dump: string): Promise<string> {
  const folder = temporaryFolder();
  const db = join(folder, 'case.db');
  const path = dump.startsWith('{') ? written(folder, 'dump.json', dump) : dump;
  const { status, stderr } = await aidebug(['import', '--db', db, path]);
  expect(status, stderr).toBe(0);
  return db;
}

/** A program in a terminal, until the end of the test. */
function terminal(
  command: string,
  args: readonly string[],
  options: TerminalOptions = {},
): OpenTerminal {
  const opened = openTerminal(command, args, { columns: 120, rows: 36, ...options });
  onTestFinished(() => opened.dispose());
  return opened;
}

/** Starts the screens on a case without waiting for them, at the first screen. */
const started = (db: string, options: TerminalOptions = {}): OpenTerminal =>
  terminal(process.execPath, [program, 'open', '--fresh', '--db', db], options);

/** The screens on a case, with the verdict drawn. */
async function opened(db: string, options: TerminalOptions = {}): Promise<OpenTerminal> {
  const screens = started(db, options);
  await screens.waitFor('Services, worst first');
  // The last to come.
  await screens.waitFor(([first = '']) => /data \d+%$/.test(first));
  return screens;
}

/** Frame on the screen: the crumb at the top names it, and nothing is being read any more. */
const shows =
  (crumb: string) =>
  (lines: readonly string[]): boolean =>
    (lines[0]?.includes(crumb) ?? false) &&
    !lines.some((line) => line.includes('reading the case'));

const inTrace = shows('Trace ');
/** The help is longer than the screen. */
const helped = (lines: readonly string[]): boolean => lines.includes('Moving');

/** Types keys one after the other, and waits for what each leads to. */
async function go(
  screens: OpenTerminal,
  ...way: readonly (readonly [keys: string, to: Parameters<OpenTerminal['waitFor']>[0]])[]
): Promise<void> {
  for (const [typed, to] of way) {
    screens.send(typed);
    await screens.waitFor(to);
  }
}

const isFooter = (line = ''): boolean => /help +q (quit|back)/.test(line);

const counted = (text: string, part: string): number => text.split(part).length - 1;

/** All that is left on the screen: how to come back. */
const wayBack = /^case saved: aidebug --db '[^']*' open goes on where you left$/;

function expectGivenBack(screens: OpenTerminal): void {
  expect(screens.modes()).toEqual({ alternate: false, cursorHidden: false, bracketedPaste: false });
  const raw = screens.raw();
  expect(raw).not.toContain('\x1b[3J');
  expect(counted(raw, '\x1b[?1049h')).toBe(1);
  expect(counted(raw, '\x1b[?1049l')).toBe(1);
}

describe('modes that are asked for', () => {
  const started = (db: string, ...flags: readonly string[]): OpenTerminal =>
    terminal(process.execPath, [program, 'open', '--db', db, ...flags]);

  test('--mouse: a click on a tab and on a row, the wheel; and no key is typed by it', async () => {
    const screens = started(await caseOf(smallDump()), '--mouse');
    await screens.waitFor('Services, worst first');
    screens.send('\x1b[<0;42;2M\x1b[<0;42;2m');
    await screens.waitFor('[4 Traces]');
    await screens.waitFor('1/20');
    screens.send('\x1b[<65;10;10M');
    await screens.waitFor('4/20');
    // A report that arrives in two parts.
    screens.send('\x1b[<0;10');
    screens.send(';10M');
    await screens.waitFor('5/20');
    screens.send('q');
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
    const raw = screens.raw();
    expect(counted(raw, '\x1b[?1006h')).toBe(1);
    expect(counted(raw, '\x1b[?1006l')).toBe(1);
  });

  test('opened again, a case is as it was left; --fresh begins anew', async () => {
    const db = await caseOf(smallDump());
    const first = started(db);
    await first.waitFor('Services, worst first');
    await go(first, ['4', '[4 Traces]'], ['G', '20/20']);
    const before = first.screen();
    // However it ends: a signal leaves it as `q` does.
    first.kill('SIGTERM');
    expect(await first.exit).toMatchObject({ exitCode: 128 + 15 });
    const again = started(db);
    await again.waitFor('20/20');
    await again.waitFor((lines) => lines.join('\n') === before.join('\n'));
    again.send('q');
    expect(await again.exit).toMatchObject({ exitCode: 0 });
    await started(db, '--fresh').waitFor('Services, worst first');
  });

  test('--no-alt-screen: what was drawn stays', async () => {
    const screens = started(await caseOf(smallDump()), '--no-alt-screen');
    await screens.waitFor('Services, worst first');
    screens.send('q');
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
    expect(screens.raw()).not.toContain('\x1b[?1049');
    expect(screens.screen().join('\n')).toContain('Services, worst first');
    expect(screens.modes()).toMatchObject({ cursorHidden: false, bracketedPaste: false });
  });
});

describe('a tour', () => {
  test('through every screen, and out with q: exit code 0, the terminal as it was', async () => {
    const screens = await opened(await caseOf(hasShop ? shopDump : smallDump()));
    expect(screens.modes()).toEqual({ alternate: true, cursorHidden: true, bracketedPaste: true });
    await go(
      screens,
      ['2', 'Evidence of #1'],
      ['3', '[3 Graph]'],
      ['5', '[5 Logs]'],
      ['6', '[6 Metrics]'],
      ['7', '[7 Diff]'],
      ['8', '[8 SQL]'],
      ['8', (lines) => lines.some((line) => line.endsWith(' rows'))],
      ['4', '[4 Traces]'],
      ['4', (lines) => shows('Traces')(lines) && isFooter(lines.at(-2))],
      [keys.enter, inTrace],
      ['?', helped],
      [keys.escape, (lines) => inTrace(lines) && !helped(lines)],
      ['q', shows('Traces')],
      ['/', 'Esc clear'],
      ['zzz', 'filter: zzz'],
      [keys.escape, (lines) => !lines.some((line) => line.includes('zzz'))],
      ['1', '[1 Incident]'],
    );
    screens.send('q');
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
    expectGivenBack(screens);
    expect(screens.screen().join('').trim()).toMatch(wayBack);
  });

  test('a size that comes back at once is drawn anew: the terminal has lost what it cut off', async () => {
    const screens = await opened(await caseOf(hasShop ? shopDump : smallDump()));
    const first = screens.screen();
    // Stopped, the program hears of both sizes at once.
    screens.kill('SIGSTOP');
    screens.resize(60, 16);
    screens.resize(120, 36);
    screens.kill('SIGCONT');
    await screens.waitFor((lines) => lines.join('\n') === first.join('\n'));
    screens.send('q');
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
  });

  test.each([
    [80, 24, 160, 50],
    [120, 36, 70, 18],
    [80, 24, 80, 50],
  ])('opened at %i × %i and left at %i × %i: no row of it stays', async (...sizes) => {
    const [columns, rows, laterColumns, laterRows] = sizes;
    const screens = await opened(await caseOf(smallDump()), { columns, rows });
    screens.resize(laterColumns, laterRows);
    await screens.waitFor((lines) => isFooter(lines.at(-2)));
    screens.send('q');
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
    expectGivenBack(screens);
    expect(screens.screen().join('').trim()).toMatch(wayBack);
    // A lower terminal may move what is above the cursor to the scrollback.
    const frames = counted(screens.raw(), '\x1b[?2026l');
    expect(counted(screens.raw(), '\x1b[H\x1b[?2026l')).toBe(frames);
  });

  test('survives a storm of sizes: one frame is left, at the last size', async () => {
    const screens = await opened(await caseOf(hasShop ? shopDump : smallDump()));
    const first = screens.screen();
    const sizes = [
      [80, 24],
      [60, 16],
      [200, 60],
      [61, 17],
      [120, 36],
    ] as const;
    for (let round = 0; round < 3; round += 1) {
      for (const [columns, rows] of sizes) {
        screens.resize(columns, rows);
        screens.send('j');
        await new Promise((resolve) => setTimeout(resolve, 5 * round));
      }
    }
    // The cursor goes back to where it was, so the screen must be what it was.
    await go(screens, ['g', (lines) => lines.join('\n') === first.join('\n')]);
    expect(screens.screen().filter(isFooter)).toHaveLength(1);
    expect(isFooter(screens.screen().at(-2))).toBe(true);
    screens.send('q');
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
    expectGivenBack(screens);
  });

  test.each([
    [80, 24],
    [60, 16],
    [200, 60],
  ])('a frame fills %i × %i and no more', async (columns, rows) => {
    const screens = await opened(await caseOf(smallDump()));
    screens.resize(columns, rows);
    await screens.waitFor((lines) => isFooter(lines.at(-2)));
    for (const [typed, crumb] of [
      ['2', 'Causes'],
      ['4', 'Traces'],
      [keys.enter, 'Trace '],
    ] as const) {
      await go(screens, [typed, (lines) => shows(crumb)(lines) && isFooter(lines.at(-2))]);
      const lines = screens.screen();
      expect(lines).toHaveLength(rows);
      expect(lines.at(-1)).toBe('');
      expect(lines.filter(isFooter)).toHaveLength(1);
    }
  });
});

describe('the terminal is given back', () => {
  /** Exit by a signal, or with the status that a shell gives for it. */
  const endedBy = ({ exitCode, signal }: { exitCode: number; signal?: number }): number =>
    signal || exitCode - 128;

  test.each([
    ['SIGTERM', 15],
    ['SIGHUP', 1],
    ['SIGINT', 2],
  ] as const)('on %s', async (signal, number) => {
    const screens = await opened(await caseOf(smallDump()));
    screens.kill(signal);
    expect(endedBy(await screens.exit)).toBe(number);
    expectGivenBack(screens);
  });

  test.each(['SIGTERM', 'SIGHUP'])('on %s while the case is being read', async (signal) => {
    const screens = started(await caseOf(hasShop ? shopDump : smallDump()));
    await screens.waitFor(() => screens.modes().alternate);
    screens.kill(signal);
    await screens.exit;
    expectGivenBack(screens);
  });

  test('on q, while the case is still being compared', async () => {
    const screens = started(await caseOf(hasShop ? shopDump : smallDump()));
    await screens.waitFor((lines) => isFooter(lines.at(-2)));
    screens.send('q');
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
    expectGivenBack(screens);
  });

  test('on Ctrl-C, from any screen and while typing', async () => {
    const db = await caseOf(smallDump());
    for (const before of ['', '4', '?', '/abc']) {
      const screens = await opened(db);
      screens.send(before);
      screens.send(keys.ctrlC);
      const { exitCode, signal } = await screens.exit;
      expect([0, 2, 130]).toContain(signal || exitCode);
      expectGivenBack(screens);
    }
  });

  test('when a screen throws: exit code 70, and the error can be read', async () => {
    const screens = await opened(await caseOf(smallDump()), { env: { AIDEBUG_TUI_THROW: '1' } });
    screens.send('!');
    expect(await screens.exit).toMatchObject({ exitCode: 70 });
    expectGivenBack(screens);
    expect(screens.screen().join('\n')).toContain('thrown on request');
  });

  test('on q, while a statement runs that would take for hours', async () => {
    const screens = await opened(await caseOf(smallDump()));
    await go(screens, ['8', (lines) => lines.some((line) => line.endsWith(' rows'))]);
    await go(screens, [keys.enter, 'Enter runs']);
    screens.send(String.fromCharCode(21));
    const endless = `with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n`;
    await go(screens, [endless, 'from n'], [keys.enter, 'running'], ['6', '[6 Metrics]']);
    await go(screens, ['8', 'running'], [keys.escape, 'cancelled']);
    await go(screens, [keys.enter, 'Enter runs'], [keys.enter, 'running'], ['1', '[1 Incident]']);
    screens.send('q');
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
    expectGivenBack(screens);
  });

  test('when there is no case: exit code 4 and no screen was taken', async () => {
    const screens = started(join(temporaryFolder(), 'none.db'));
    const { exitCode } = await screens.exit;
    expect(exitCode).toBe(4);
    expect(screens.raw()).not.toContain('\x1b[?1049h');
    expect(screens.screen().join('\n')).toContain('aidebug: ');
  });

  test('to the shell on Ctrl-Z, and taken again by fg', async () => {
    const db = await caseOf(smallDump());
    const shell = terminal('bash', ['--norc', '--noprofile', '-i'], { env: { PS1: 'prompt> ' } });
    await shell.waitFor('prompt>');
    shell.send(`"${process.execPath}" "${program}" open --db "${db}"\r`);
    await shell.waitFor('Services, worst first');
    const drawn = (lines: readonly string[]): boolean =>
      lines.some((line) => line.includes('Services, worst first')) && isFooter(lines.at(-2));
    for (let time = 0; time < 2; time += 1) {
      await go(shell, [keys.ctrlZ, (lines) => lines.join('').includes('Stopped')]);
      await shell.waitFor(
        (lines) => lines.findLast((line) => line.trim() !== '')?.trim() === 'prompt>',
      );
      expect(shell.modes()).toMatchObject({ alternate: false, cursorHidden: false });
      await go(shell, ['fg\r', drawn]);
      expect(shell.modes()).toMatchObject({ alternate: true, cursorHidden: true });
      await go(shell, ['2', 'Evidence of #1'], ['1', drawn]);
    }
    await go(shell, ['q', () => !shell.modes().alternate]);
    await go(shell, ['echo "status $?"\r', 'status 0']);
    expect(shell.modes()).toMatchObject({ alternate: false, cursorHidden: false });
    expect(shell.raw()).not.toContain('\x1b[3J');
  });
});

describe('a stop from outside', () => {
  const drawn = (lines: readonly string[]): boolean =>
    lines.some((line) => line.includes('Services, worst first')) && isFooter(lines.at(-2));

  test('gives the terminal back, and takes it again', async () => {
    const db = await caseOf(smallDump());
    const pidFile = join(temporaryFolder(), 'pid');
    const shell = terminal('bash', ['--norc', '--noprofile', '-i'], { env: { PS1: 'prompt> ' } });
    await shell.waitFor('prompt>');
    const open = `exec "${process.execPath}" "${program}" open --db "${db}"`;
    shell.send(`sh -c 'echo $$ > ${pidFile}; ${open}'\r`);
    await shell.waitFor(drawn);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    for (let time = 0; time < 2; time += 1) {
      process.kill(pid, 'SIGTSTP');
      await shell.waitFor((lines) => lines.join('').includes('Stopped'));
      expect(shell.modes()).toMatchObject({ alternate: false, cursorHidden: false });
      await go(shell, ['fg\r', drawn], ['2', 'Evidence of #1'], ['1', drawn]);
      expect(shell.modes()).toMatchObject({ alternate: true, cursorHidden: true });
    }
    await go(shell, ['q', () => !shell.modes().alternate], ['echo "status $?"\r', 'status 0']);
  });

  test('that nobody could end is none: the screens stay', async () => {
    // The leader of a session is not stopped.
    const screens = await opened(await caseOf(smallDump()));
    screens.kill('SIGTSTP');
    await go(screens, ['2', 'Evidence of #1'], ['\x1a', 'Evidence of #1'], ['1', drawn]);
    expect(screens.modes()).toMatchObject({ alternate: true, cursorHidden: true });
    screens.send('q');
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
  });
});

describe('hostile telemetry', () => {
  const title = '\x1b]0;pwned\x07';
  const nasty = `${title}\x1b[31mred\x9b31m\x9d0;pwned\x9c\u202egnp.exe\u200b\u2066x\u061c\x08\x7f`;
  const long = `${nasty}${'long '.repeat(20_000)}`;

  /** Every text of the dump that a screen could show says more than letters. */
  function hostileDump(): string {
    const dump = JSON.parse(smallDump({ web: `web ${nasty}`, api: `api ${nasty}` }));
    for (const { scopeSpans } of dump.resourceSpans) {
      for (const { spans } of scopeSpans) {
        for (const span of spans) {
          span.name = `${span.name} ${nasty}`;
          if (span.status.code) span.status.message = long;
          span.attributes = [
            { key: `key ${nasty}`, value: { stringValue: long } },
            { key: 'exception.message', value: { stringValue: long } },
          ];
          span.events = [
            {
              timeUnixNano: span.startTimeUnixNano,
              name: `exception ${nasty}`,
              attributes: [{ key: 'exception.message', value: { stringValue: long } }],
            },
          ];
        }
      }
    }
    const logs = dump.resourceSpans.map(({ resource, scopeSpans }: never) => ({
      resource,
      scopeLogs: [{ logRecords: (scopeSpans as never[]).flatMap(logsOf) }],
    }));
    return [dump, { resourceLogs: logs }].map((one) => JSON.stringify(one)).join('\n');
  }

  const logsOf = ({ spans }: { spans: Record<string, unknown>[] }): object[] =>
    spans.slice(0, 10).map(({ traceId, spanId, startTimeUnixNano }) => ({
      traceId,
      spanId,
      timeUnixNano: startTimeUnixNano,
      severityNumber: 17,
      severityText: `ERROR ${nasty}`,
      body: { stringValue: long },
    }));

  /** What the program itself may write: its own modes, erasing, moving and colours. */
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const own = /\x1b\[\??\d*(;\d+)*[A-HJKTfhlmsu]/g;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const forbidden = /[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u202a-\u202e\u2066-\u2069]/;

  test('says nothing to the terminal, on any screen', async () => {
    const screens = await opened(await caseOf(hostileDump()));
    await go(
      screens,
      ['w', 'Evidence of #1'],
      [keys.enter, shows('▸ #1')],
      [keys.enter, (lines) => !shows('▸ #1')(lines) && isFooter(lines.at(-2))],
      ['jjj', (lines) => isFooter(lines.at(-2))],
      ['?', helped],
      [keys.escape, (lines) => !helped(lines)],
      ['4', shows('Traces')],
      [keys.enter, inTrace],
    );
    // A failing span, and all it has to say.
    for (const typed of ['e', 'j', 'j', keys.enter, '\t', 'j', keys.ctrlD, 'G', keys.ctrlD]) {
      screens.send(typed);
    }
    await go(screens, ['1', '[1 Incident]'], ['/', 'Esc clear']);
    await go(screens, [`web${nasty}`, '/web'], [keys.ctrlC, () => !screens.modes().alternate]);
    await screens.exit;
    expectGivenBack(screens);
    const raw = screens.raw();
    expect(raw).not.toContain('\x1b]');
    expect(raw).toContain('pwned');
    const rest = raw.replace(own, '');
    const at = rest.search(forbidden);
    expect(at < 0 ? '' : JSON.stringify(rest.slice(Math.max(0, at - 40), at + 20))).toBe('');
  });
});

test('aidebug alone, on a terminal with a case, opens it; without one it shows the help', async () => {
  const db = await caseOf(smallDump());
  const alone = terminal(process.execPath, [program], { env: { AIDEBUG_DB: db } });
  await alone.waitFor('Services, worst first');
  alone.send('q');
  expect(await alone.exit).toMatchObject({ exitCode: 0 });
  const none = terminal(process.execPath, [program], { cwd: temporaryFolder() });
  expect((await none.exit).exitCode).toBe(2);
  expect(none.raw()).toContain('Usage: aidebug');
  expect(none.modes()).toMatchObject({ alternate: false, cursorHidden: false });
});

describe('off a terminal', () => {
  test('says what to run instead, with exit code 2', async () => {
    const { status, stdout, stderr } = await aidebug(['open', '--db', await caseOf(smallDump())]);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/aidebug causes/);
  });

  test('so it does in CI, even on a terminal', async () => {
    const screens = started(await caseOf(smallDump()), { env: { CI: '1' } });
    expect(await screens.exit).toMatchObject({ exitCode: 2 });
    expect(screens.raw()).not.toContain('\x1b');
    expect(screens.raw()).toMatch(/aidebug causes/);
  });

  test('unless somebody says that a terminal is watched', async () => {
    const screens = await opened(await caseOf(smallDump()), {
      env: { CI: '1', AIDEBUG_FORCE_TUI: '1' },
    });
    screens.send('q');
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
    expectGivenBack(screens);
  });

  test('a dumb terminal gets the first screen as ASCII lines', async () => {
    const screens = started(await caseOf(smallDump()), { env: { TERM: 'dumb' } });
    expect(await screens.exit).toMatchObject({ exitCode: 0 });
    const raw = screens.raw();
    expect(raw).toMatch(/^[\n\r\x20-\x7e]*$/);
    expect(raw).toContain('Services, worst first');
  });

  test('--ascii draws with ASCII only', async () => {
    const screens = terminal(process.execPath, [
      program,
      'open',
      '--ascii',
      '--db',
      await caseOf(smallDump()),
    ]);
    await go(screens, ['', 'Services, worst first'], ['4', shows('Traces')], [keys.enter, inTrace]);
    screens.send(keys.ctrlC);
    await screens.exit;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is.
    expect(screens.raw()).toMatch(/^[\x00-\x7f]*$/);
  });
});

describe.skipIf(!hasShop)(hasShop ? 'the shop without its cart' : 'skipped: no dump', () => {
  test('from the start to a span that proves the cause: at most six keys', async () => {
    const db = await caseOf(shopDump);
    const answer = await aidebug(['causes', '--db', db, '--format', 'json']);
    const [first] = published<Diagnosis>(answer).data.causes;
    expect(first?.service).toBe('cartservice');
    const proofs = (first?.evidence ?? [])
      .flatMap(({ refs }) => refs)
      .flatMap((ref) => (ref.signal === 'span' ? [ref.spanId as string] : []));
    const screens = await opened(db);
    const way = ['2', keys.enter, keys.enter];
    expect(way.length).toBeLessThanOrEqual(6);
    await go(
      screens,
      [way[0] ?? '', 'Evidence of #1'],
      [way[1] ?? '', shows('▸ #1')],
      [way[2] ?? '', inTrace],
    );
    await screens.waitFor((lines) => proofs.some((id) => lines.join('\n').includes(id)));
  });
});

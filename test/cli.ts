/** Runs the built program as a process, in temporary folders. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('../bin/aidebug.js', import.meta.url));

if (!existsSync(fileURLToPath(new URL('../dist/app/main.js', import.meta.url)))) {
  throw new Error('dist/ is missing: run `npm run build` before these tests');
}

export interface Outcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  /** Sent while it waits for its input, which then stays open. */
  readonly kill?: 'SIGINT' | 'SIGTERM';
  readonly env?: Readonly<Record<string, string>>;
}

export const aidebug = (args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
  outcomeOf(process.execPath, [program, ...args], options);

/** A line of the shell in which `aidebug` is the program. */
export const shell = (line: string, options: RunOptions = {}): Promise<Outcome> =>
  outcomeOf(
    'bash',
    ['-c', `set -o pipefail; aidebug() { "${process.execPath}" "${program}" "$@"; }; ${line}`],
    options,
  );

function outcomeOf(
  command: string,
  args: readonly string[],
  { cwd, input, env, kill }: RunOptions,
): Promise<Outcome> {
  const { AIDEBUG_DB: _db, NO_COLOR: _color, ...inherited } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: cwd ?? temporaryFolder(),
      env: { ...inherited, COLUMNS: '80', ...env },
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, ...output }));
    // A program that does not read its input closes it.
    child.stdin.on('error', () => {});
    if (kill) setTimeout(() => child.kill(kill), 400);
    else child.stdin.end(input ?? '');
  });
}

/** Removed when the test that asked for it is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aidebug-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Published<Data> {
  readonly schemaVersion: number;
  readonly kind: string;
  readonly data: Data;
}

/** Output of `--format json`; throws if it is not exactly one JSON value. */
export const published = <Data>({ stdout }: Outcome): Published<Data> => JSON.parse(stdout);

/** `name` in `folder`, with `content`; its path. */
export function written(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

// ---------------------------------------------------------------- a small dump

const start = 1_750_000_000_000_000_000n;

/** `requests` calls of web to api from that second on, of which the first `failed` fail in api. OTLP/JSON. */
export function smallDump({
  requests = 20,
  failed = 5,
  web = 'web',
  api = 'api',
  from: first = 0,
} = {}): string {
  const spans = { web: [] as object[], api: [] as object[] };
  for (let at = first; at < first + requests; at += 1) {
    const traceId = (at + 1).toString(16).padStart(32, '0');
    const begin = start + BigInt(at) * 1_000_000_000n;
    const times = (from: number, to: number) => ({
      startTimeUnixNano: String(begin + BigInt(from) * 1_000_000n),
      endTimeUnixNano: String(begin + BigInt(to) * 1_000_000n),
    });
    const status = at < first + failed ? { code: 2, message: 'disk full' } : {};
    const idOf = (n: number): string => `${n}${at.toString(16).padStart(15, '0')}`;
    spans.web.push(
      { traceId, spanId: idOf(1), name: `GET /${api}`, kind: 2, ...times(0, 50), status },
      {
        traceId,
        spanId: idOf(2),
        parentSpanId: idOf(1),
        name: 'call',
        kind: 3,
        ...times(5, 45),
        status,
      },
    );
    spans.api.push({
      traceId,
      spanId: idOf(3),
      parentSpanId: idOf(2),
      name: 'work',
      kind: 2,
      ...times(10, 40),
      status,
    });
  }
  return JSON.stringify({
    resourceSpans: [
      { resource: named(web), scopeSpans: [{ spans: spans.web }] },
      { resource: named(api), scopeSpans: [{ spans: spans.api }] },
    ],
  });
}

const named = (service: string) => ({
  attributes: [{ key: 'service.name', value: { stringValue: service } }],
});

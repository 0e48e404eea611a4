/** `aidebug drift`: which distributions of data and models moved in the incident. */
import { type Command, Option } from 'commander';
import { exitCodes } from '../../errors.ts';
import type { Drift, Layer } from '../../model.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly layer?: Extract<Layer, 'data' | 'model'>;
  readonly all?: true;
  readonly ascii?: true;
  readonly at?: string;
  readonly baseline?: string;
  readonly incident?: string;
}

const examples = `
aidebug drift
aidebug drift --layer data --all
aidebug drift --baseline -40m/-20m --incident -10m
aidebug drift --format json | jq '.data.signals[].name'`;

const help = `
Windows and W, T are those of aidebug causes (aidebug causes --help).

Compared is every number and short text that spans of data and models carry
(scores, tokens, counts, finish reasons, classes), and every metric that speaks
of them; not names, counters, rates of traffic, and durations. Numbers are
tested by Kolmogorov-Smirnov, histograms so at their own bounds, categories by
the G-test (few by Fisher's), all with counts divided by how much more the
minutes of the baseline differ than chance allows. Gauges are held against a
forecast from their baseline that leaves open how alike neighbouring minutes
are. A measure of drift that the system publishes is held against the baselines
of all that it publishes of it (F ratio).

A signal has drifted if three things hold: its effect is above the floor, q is
at most 0.01 (false-discovery rate by Benjamini and Hochberg, over all signals
compared), and two minutes in a row are past the middle of both windows. Floors:
share of values that lie apart (KS) 0.1, Jensen-Shannon distance 0.1; of a gauge
0.2 (half a standard deviation), a twentieth of the level and what its kind asks
for; of a published index 0.2 (PSI 0.25), of a published distance 0.1. The
others are brief, chance or small: --all shows them.

Ranked: data before models, because what goes in explains what comes out; then
by q up to 1e-6, 1e-3, 0.01; then by effect. PSI has ten bins of equal frequency
in the baseline, half an observation added to each: 0.1 is little, 0.25 much.
Drawn are the minutes of baseline and incident, a bar between them, and how the
values are spread before and during, on one scale.

Below each signal: slices (attributes of span, resource and request; replica,
version) that moved more than the rest. "mix only": within the values of that
key nothing moved, their shares did. Versions, prompts, models, embeddings and
feature views that were first seen in the incident are told apart, as facts.
Of a large case the signals of spans are those of the sampled traces.

Exit codes: 0 done, also where nothing drifted · 2 usage · 3 no baseline, or no
signal to compare · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'drift', {
    summary: 'rank the signals of data and models that drifted, with tests and slices',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .addOption(
      new Option('--layer <layer>', 'signals of this layer only').choices(['data', 'model']),
    )
    .option('--all', 'also the signals that did not drift')
    .option('--at <T>', 'the incident begins at T')
    .option('--baseline <W>', 'the healthy window')
    .option('--incident <W>', 'the window to explain')
    .option('--ascii', 'draw bars with ASCII characters only')
    .addHelpText('after', help)
    .action(run(showDrift));
}

async function showDrift(context: Context, flags: Flags): Promise<number> {
  const { openSession } = await import('../../session.ts');
  const { driftReports, isRowsFormat } = await import('../../report/index.ts');
  const { screensOf } = await import('../../config.ts');
  const { layer, all, at, baseline, incident } = flags;
  await using session = await openSession(context.db);
  const drift = await session.drift({ at, baseline, incident });
  const signals = drift.signals.filter(
    (signal) =>
      (layer === undefined || signal.layer === layer) &&
      (all || signal.outcome === 'drifted' || signal.outcome === 'mix'),
  );
  const { ascii } = screensOf({ ascii: flags.ascii === true || context.ascii }, process.env, {
    stdin: process.stdin.isTTY === true,
    stdout: context.terminal,
  });
  const format = isRowsFormat(context.format) ? context.format : 'table';
  await context.printAll(driftReports[format]({ ...drift, signals }, { ...context, ascii }));
  tellMore(context, drift, signals.length);
  return drift.outcome === 'no-baseline' || drift.outcome === 'no-signal'
    ? exitCodes.inconclusive
    : exitCodes.done;
}

function tellMore(context: Context, drift: Drift, shown: number): void {
  if (drift.outcome === 'no-baseline') {
    context.tell(
      'Name a healthy window: aidebug drift --baseline W --incident W, or aidebug window baseline W.',
    );
  } else if (shown < drift.signals.length) {
    context.tell(`${shown} of ${drift.signals.length} compared signals shown; --all shows more`);
  }
}

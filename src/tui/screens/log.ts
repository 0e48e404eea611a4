/** One log record, with everything it says. */

import type { Log } from '../../model.ts';
import { isoTime, wrap } from '../../text.ts';
import { shownLog } from '../content.ts';
import { type Block, block, docView, headed, moreText, movedInDoc } from '../doc.ts';
import { attributeLines, factLines } from '../facts.ts';
import { safe } from '../glyphs.ts';
import { heldLog } from '../held.ts';
import { line, padded } from '../line.ts';
import { atTop, type Cursor, type Motion } from '../list.ts';
import type { Area, Screen, Step, Subjects } from '../screen.ts';
import { severityName } from '../severity.ts';

export interface LogState {
  readonly log: Log;
  readonly epoch: bigint;
  readonly doc: Cursor;
  /** True: what people and models said is shown. */
  readonly revealed: boolean;
}

export const log: Screen<LogState, Subjects['log'], 'open' | 'reveal'> = {
  title: 'Log',
  bindings: [
    { keys: ['enter', 'w', 'right'], action: 'open', help: 'its span' },
    { keys: ['P'], action: 'reveal', help: 'prompts', quiet: true },
  ],
  init: ({ epochNs, log }) => ({ log, epoch: BigInt(epochNs), doc: atTop, revealed: false }),
  crumb: ({ log }) => safe(log.service, 40),
  held: ({ log, revealed }) => heldLog(log, revealed),
  update,
  View(state, area) {
    const blocks = blocksOf(state, area);
    const shown = { ...area, rows: docRows(area) };
    const more = moreText(blocks, state.doc, shown.rows);
    return [
      ...padded(docView(blocks, state.doc, shown, true), shown.rows),
      line(` ${more}`, 'dim'),
    ];
  },
};

/** The last row says what is not in sight. */
const docRows = ({ rows }: Area): number => Math.max(1, rows - 1);

function update(state: LogState, action: 'open' | 'reveal' | Motion, area: Area): Step<LogState> {
  if (action === 'reveal') return { state: { ...state, revealed: !state.revealed } };
  if (action !== 'open') {
    return {
      state: { ...state, doc: movedInDoc(state.doc, action, blocksOf(state, area), docRows(area)) },
    };
  }
  const { traceId, spanId } = state.log;
  return traceId === null
    ? { state, say: 'this record names no trace' }
    : { state, go: { screen: 'trace', traceId, spanId } };
}

function blocksOf({ log: whole, epoch, revealed }: LogState, area: Area): readonly Block[] {
  const log = shownLog(whole, revealed);
  const columns = area.columns - 1;
  const facts: readonly (readonly [string, string | null])[] = [
    ['time', log.time === null ? 'unusable' : isoTime(epoch + BigInt(Math.round(log.time)))],
    ['service', log.service],
    ['instance', log.instance],
    ['severity', log.severityText || severityName(log.severity)],
    ['trace', log.traceId],
    ['span', log.spanId],
    ['label', log.label],
    ['id', log.id],
  ];
  const body = wrap(safe(log.body, 20_000), columns);
  const [first = block([line('none', 'dim')]), ...rest] = attributeLines(
    log.attributes,
    columns,
  ).map((lines) => block(lines));
  return [
    ...facts.flatMap(([name, value]) =>
      value === null ? [] : [block(factLines(name, value, columns, 10))],
    ),
    headed('Body', block((body.length === 0 ? ['(empty)'] : body).map((part) => line(part)))),
    headed('Attributes', first),
    ...rest,
  ];
}

/** The columns of the list of traces: what fits, and the duration as a bar where there is room. */
import type { TraceLine } from '../../model.ts';
import { clockTime, formatDuration } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { count } from '../health.ts';
import { type Cell, column } from '../line.ts';
import type { SortKey, TracesState } from './traces.ts';

export interface Column {
  readonly key: SortKey;
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  of(trace: TraceLine, state: TracesState): Cell;
}

/** Names share what the numbers leave; the bar comes where there is room for it. */
export function columnsOf(columns: number): readonly Column[] {
  const bar = columns >= 100 ? Math.min(30, Math.floor((columns - 80) / 2)) : 0;
  const fixed = [
    number('spans', 'spans', 7, ({ spans }) => count(spans)),
    number('errors', 'errors', 8, ({ errors }) => (errors === 0 ? '·' : count(errors))),
    number('duration', 'duration', 12, ({ duration }) =>
      duration === null ? '?' : formatDuration(duration / 1e6),
    ),
  ];
  const clock = 14;
  const used = fixed.reduce((sum, { width }) => sum + width, 0) + clock + bar + (bar ? 1 : 0);
  const service = Math.max(8, Math.floor((columns - used) * 0.42));
  const operation = Math.max(6, columns - used - service);
  const left = { align: 'left' as const };
  return [
    {
      key: 'start',
      title: 'start (UTC)',
      width: clock,
      ...left,
      of: ({ start }, { epoch }) =>
        column(start === null ? '?' : clockTime(epoch + BigInt(Math.round(start))), clock),
    },
    {
      key: 'service',
      title: '  service',
      width: service,
      ...left,
      of: ({ rootService, failed }) =>
        column(`${failed ? '✗' : ' '} ${safe(rootService, 60)}`, service, {
          style: failed ? ['red'] : [],
        }),
    },
    {
      key: 'operation',
      title: ' operation',
      width: operation,
      ...left,
      of: ({ rootName }) => column(` ${safe(rootName, 120)}`, operation),
    },
    ...fixed,
    ...(bar > 0 ? [barColumn(bar)] : []),
  ];
}

const number = (
  key: SortKey,
  title: string,
  width: number,
  of: (trace: TraceLine) => string,
): Column => ({
  key,
  title,
  width,
  align: 'right',
  of: (trace) => column(of(trace), width, { align: 'right' }),
});

/** The duration against the longest of the case. */
const barColumn = (width: number): Column => ({
  key: 'duration',
  title: '',
  width: width + 1,
  align: 'left',
  of: ({ duration, failed }, { longest }) => {
    const share = duration === null || longest === 0 ? 0 : duration / longest;
    const cells = Math.round(share * width);
    const drawn = cells === 0 && duration !== null ? '▏' : '█'.repeat(cells);
    return column(` ${drawn}`, width + 1, { style: failed ? ['red'] : [] });
  },
});

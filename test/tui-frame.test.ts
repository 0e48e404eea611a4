/** The way of a key: history, help, filter and pastes, without a terminal. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nanos, type Preview } from '../src/model.ts';
import {
  type Event,
  type Frame,
  frameBindings,
  openFrame,
  unread,
  visitOf,
} from '../src/tui/frame.ts';
import { frameView } from '../src/tui/frame-view.ts';
import { keyOf } from '../src/tui/keys.ts';
import { keysDocument } from '../src/tui/keys-document.ts';
import { plainText } from '../src/tui/paint.ts';
import { motions, type Place } from '../src/tui/screen.ts';
import { screenOf, tops } from '../src/tui/screens/index.ts';
import { step } from '../src/tui/step.ts';

const names = [
  'incident',
  'causes',
  'graph',
  'traces',
  'logs',
  'lines',
  'metrics',
  'diff',
  'sql',
  'notes',
  'trace',
  'log',
  'point',
  'explain',
] as const;

const key = (name: string, text = ''): Event => ({ type: 'key', key: { name, text } });
const letter = (one: string): Event => key(one, one);

const started = (): Frame => openFrame({ columns: 80, rows: 24 }, 'case.db').frame;
const followed = (frame: Frame, ...events: readonly Event[]): Frame =>
  events.reduce((now, event) => step(now, event).frame, frame);
const shown = (frame: Frame): string =>
  frameView(frame)
    .map((one) => plainText(one))
    .join('\n');

const log = {
  id: 'abc',
  time: null,
  service: 'api',
  instance: null,
  severity: 17,
  severityText: '',
  eventName: '',
  body: 'disk full',
  traceId: null,
  spanId: null,
  label: null,
  attributes: {},
};
const logPlace: Place = { screen: 'log', id: 'abc' };
const atLog = (frame: Frame): Frame => ({
  ...frame,
  history: [...frame.history, unread(logPlace)],
  at: frame.history.length,
});
const readLog: Event = { type: 'read', place: logPlace, subject: { epochNs: '0', log } };
const noTraces: Event = {
  type: 'read',
  place: { screen: 'traces' },
  subject: { epochNs: '0', traces: [] },
};

describe('bindings', () => {
  test.each(names)('no key of %s means two things', (name) => {
    const keys = [...screenOf(name).bindings, ...motions, ...frameBindings].flatMap(
      (binding) => binding.keys,
    );
    expect(keys.filter((one, at) => keys.indexOf(one) !== at)).toEqual([]);
  });

  test.each(names)('keys of %s can be told apart by every terminal', (name) => {
    // Ctrl-H, Ctrl-I, Ctrl-J and Ctrl-M are Backspace, Tab and line ends.
    const keys = [...screenOf(name).bindings, ...frameBindings].flatMap((binding) => binding.keys);
    expect(keys.filter((one) => /^ctrl-[hijm]$/.test(one))).toEqual([]);
  });

  test('the footer and the help show what is bound', () => {
    const frame = followed(started(), letter('4'), noTraces);
    for (const { keys, help, quiet } of screenOf('traces').bindings) {
      if (!quiet && keys[0] === 'enter') expect(shown(frame)).toContain(`Enter ${help}`);
    }
    expect(shown(followed({ ...frame, rows: 60 }, letter('?')))).toContain('Everywhere');
  });
});

test('docs/keys.md is what the bindings say: npm run keys', () => {
  expect(readFileSync('docs/keys.md', 'utf8')).toBe(keysDocument());
});

describe('history', () => {
  test('a place that is opened is read, and Esc goes back to where it was opened', () => {
    const frame = followed(atLog(started()), readLog);
    expect(shown(frame)).toContain('disk full');
    const before = followed(frame, key('escape'));
    expect(visitOf(before).place.screen).toBe('incident');
    expect(visitOf(followed(before, letter('L'))).place).toEqual(logPlace);
    expect(visitOf(followed(before, letter('L'), letter('H'))).place.screen).toBe('incident');
  });

  test('a digit replaces the history, and finds its screen as it was left', () => {
    const frame = followed(atLog(started()), readLog, letter('4'));
    expect(frame.history).toHaveLength(1);
    expect(visitOf(frame).place.screen).toBe('traces');
    expect(visitOf(followed(frame, letter('1'))).place.screen).toBe('incident');
  });

  test('q quits a top screen, and goes back from any other', () => {
    expect(step(started(), letter('q')).effects).toEqual([{ do: 'quit' }]);
    const { frame, effects } = step(atLog(started()), letter('q'));
    expect(effects).toEqual([]);
    expect(visitOf(frame).place.screen).toBe('incident');
  });

  test('what cannot be read is said, and tried again when it is chosen again', () => {
    const failed: Event = {
      type: 'failed',
      place: { screen: 'traces' },
      message: 'the case \x1b[31m is corrupt',
    };
    const frame = followed(started(), letter('4'), failed);
    expect(shown(frame)).toContain('the case \\x1b[31m is corrupt');
    expect(step(frame, letter('4')).effects).toEqual([{ do: 'read', place: { screen: 'traces' } }]);
  });
});

describe('what takes long', () => {
  const reading: Event = { type: 'reading', seconds: 7 };

  test('says so, and Esc gives it up', () => {
    const frame = followed(started(), letter('4'), reading);
    expect(shown(frame)).toContain('reading … 7 s · Esc cancels');
    const { frame: after, effects } = step(frame, key('escape'));
    expect(effects).toEqual([{ do: 'cancel', what: 'reading' }]);
    expect(shown(after)).toContain('cancelled');
  });

  test('but not where something else is shown', () => {
    const frame = followed(started(), letter('4'), noTraces, reading);
    expect(shown(frame)).not.toContain('reading');
    expect(step(frame, key('escape')).effects).toEqual([]);
    const filtering = followed(frame, letter('/'), ...[...'dur>1s'].map(letter), key('enter'));
    expect(shown(filtering)).toContain('reading … 7 s');
  });
});

describe('keys that come too early', () => {
  test('wait for what they are for', () => {
    const early = followed(atLog(started()), letter('G'));
    expect(visitOf(early).place).toEqual(logPlace);
    const { frame, effects } = step(early, readLog);
    expect(effects).toEqual([]);
    expect(frame.ahead).toEqual([]);
    expect(shown(frame)).not.toBe(shown(followed(atLog(started()), readLog)));
  });

  test('a filter among them is text, also its digits', () => {
    const keys = [...'/2q?x'].map(letter);
    const frame = followed(started(), letter('4'), ...keys, key('enter'), noTraces);
    expect(visitOf(frame)).toMatchObject({ place: { screen: 'traces' }, filter: '2q?x' });
    const escaped = followed(started(), letter('4'), letter('/'), key('escape'), letter('1'));
    expect(visitOf(escaped).place.screen).toBe('incident');
  });

  test('can be taken back', () => {
    const typed = [...'/ab'].map(letter);
    const frame = followed(started(), letter('4'), ...typed, key('enter'), noTraces);
    expect(visitOf(frame).filter).toBe('ab');
    expect(visitOf(followed(frame, letter('u'))).filter).toBe('');
  });

  test('so is what is typed into a statement', () => {
    const keys = [...'select 1 q'].map(letter);
    const frame = followed(started(), letter('8'), key('enter'), ...keys);
    expect(visitOf(frame).place.screen).toBe('sql');
    expect(frame.ahead).toHaveLength(1 + keys.length);
    expect(visitOf(followed(frame, key('escape'), letter('1'))).place.screen).toBe('incident');
  });

  test('are forgotten when another screen is chosen', () => {
    const frame = followed(started(), letter('4'), key('enter'), letter('1'));
    expect(frame.ahead).toEqual([]);
  });
});

describe('text', () => {
  const traces = followed(started(), letter('4'), noTraces);

  test('letters of a filter are no commands, Enter keeps it, Esc clears it', () => {
    const typing = followed(traces, letter('/'), letter('q'), letter('1'));
    expect(typing.typing).toBe('q1');
    expect(shown(typing)).toContain('/q1');
    expect(visitOf(followed(typing, key('enter'))).filter).toBe('q1');
    expect(visitOf(followed(typing, key('escape'))).filter).toBe('');
    expect(visitOf(followed(typing, key('enter'), key('escape'))).filter).toBe('');
    expect(followed(typing, key('backspace'), key('ctrl-w')).typing).toBe('');
  });

  test('a paste is text in a filter, and nothing elsewhere', () => {
    const pasted = [key('paste-start'), letter('q'), letter('2'), key('paste-end')];
    expect(visitOf(followed(traces, ...pasted)).place.screen).toBe('traces');
    expect(followed(traces, letter('/'), ...pasted).typing).toBe('q2');
    expect(visitOf(followed(traces, ...pasted, letter('2'))).place.screen).toBe('causes');
  });

  test('hostile letters reach the screen as escapes', () => {
    const typing = followed(traces, letter('/'), key('x', '\u202e'));
    expect(shown(typing)).not.toContain('\u202e');
  });
});

test('the help scrolls and closes', () => {
  const open = followed({ ...started(), rows: 16 }, letter('?'));
  const scrolled = followed(open, letter('G'));
  expect(shown(scrolled)).not.toBe(shown(open));
  expect(shown(scrolled)).toContain('Esc closes');
  for (const name of ['q', 'escape', '?']) expect(followed(open, key(name)).help).toBeNull();
});

test('Ctrl-C quits from anywhere, also while typing', () => {
  const typing = followed(started(), letter('4'), noTraces, letter('/'));
  expect(step(typing, key('ctrl-c')).effects).toEqual([{ do: 'quit' }]);
});

test('every screen with a digit is a tab', () => {
  const text = shown(started());
  for (const [at, name] of tops.entries()) {
    expect(text).toContain(`${at + 1} ${screenOf(name).title}`);
  }
});

describe('keys as terminals send them', () => {
  const cases: readonly (readonly [string | undefined, object, string, string])[] = [
    ['j', { name: 'j' }, 'j', 'j'],
    ['G', { name: 'g', shift: true }, 'G', 'G'],
    ['\r', { name: 'return' }, 'enter', ''],
    ['\x7f', { name: 'backspace' }, 'backspace', ''],
    [undefined, { name: 'delete' }, 'backspace', ''],
    ['\x1b', { name: 'escape', meta: true }, 'escape', ''],
    ['\x04', { name: 'd', ctrl: true }, 'ctrl-d', ''],
    [undefined, { name: 'left', meta: true }, 'alt-left', ''],
    ['\x1b[<0;1;2M', {}, '', ''],
    [' ', { name: 'space' }, 'space', ' '],
    ['世', {}, '世', '世'],
  ];
  test.each(cases)('%j', (typed, press, name, text) => {
    expect(keyOf(typed, press)).toEqual({ name, text });
  });
});

test('until a case has been compared, its traffic and services are seen, where they are shown', () => {
  const preview: Preview = {
    epochNs: '1750000000000000000',
    traffic: { baseline: null, incident: { requests: 7, failed: 1, p99: 5e6 } },
    trend: {
      pieces: [{ from: nanos(0), to: nanos(60e9) }],
      bin: 1e9,
      bins: [{ at: nanos(3e9), requests: 7, failed: 1, duration: { from: 90, counts: [7] } }],
      signal: null,
    },
    services: [
      {
        service: 'cart',
        observed: true,
        baseline: null,
        incident: { spans: 7, errors: 1, p99: null },
        rank: null,
      },
    ],
  };
  const frame = followed(started(), { type: 'preview', preview });
  expect(shown(frame)).toContain('looking for the cause');
  expect(shown(frame)).toMatch(/requests .* 7/);
  expect(shown(frame)).toMatch(/cart +14/);
  expect(
    shown(openFrame({ columns: 80, rows: 24 }, 'case.db', { screen: 'traces' }).frame),
  ).toContain('reading the case');
});

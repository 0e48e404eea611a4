/** The frame as lines: breadcrumb, tabs, the screen, and the footer generated from the bindings. */
import { displayWidth, squeezed, wrap } from '../text.ts';
import { allFindables } from './findables.ts';
import { finderView } from './finder.ts';
import {
  areaOf,
  type Frame,
  frameBindings,
  isReading,
  isTooSmall,
  isTop,
  smallest,
  visitOf,
} from './frame.ts';
import { safe } from './glyphs.ts';
import { helpLines, helpView } from './help.ts';
import { keyLabel } from './keys.ts';
import { cell, cut, type Line, line, padded, widthOf } from './line.ts';
import { menuView } from './menu.ts';
import { candidateLines, fieldText, promptLine } from './prompt-view.ts';
import { type Area, type Binding, offered } from './screen.ts';
import { screenOf, tops } from './screens/index.ts';

/** Exactly `frame.rows - 1` lines, none wider than `frame.columns`. */
export function frameView(frame: Frame): readonly Line[] {
  const { columns, rows } = frame;
  const height = Math.max(1, rows - 1);
  if (isTooSmall(frame)) {
    const text = `aidebug needs ${smallest.columns}x${smallest.rows} (now ${columns}x${rows}): enlarge, or q`;
    return padded(
      wrap(text, columns).map((part) => line(part)),
      height,
    ).map((one) => cut(one, columns));
  }
  const area = areaOf(frame);
  const rule = line('─'.repeat(columns), 'dim');
  return [
    crumbLine(frame),
    tabLine(frame),
    rule,
    ...bodyUnder(frame, area),
    rule,
    footerLine(frame),
  ].map((one) => cut(one, columns));
}

/** The screen; while a command is completed its last lines give way to the candidates. */
function bodyUnder(frame: Frame, area: Area): readonly Line[] {
  const body = padded(bodyOf(frame, area), area.rows);
  const candidates = frame.prompt ? candidateLines(frame, frame.prompt, area) : [];
  return [...body.slice(0, Math.max(0, area.rows - candidates.length)), ...candidates];
}

function bodyOf(frame: Frame, area: Area): readonly Line[] {
  const { place, state, problem } = visitOf(frame);
  const screen = screenOf(place.screen);
  if (frame.finder) {
    return finderView(frame.finder, allFindables(frame), frame.findables === null, area);
  }
  if (frame.menu) return menuView(frame.menu, area);
  if (frame.help) {
    const lines = helpLines(screen, frameBindings, frame.help.filter.text);
    return helpView(lines, frame.help, area);
  }
  if (problem !== null) return messageLines(problem, area);
  if (!state) {
    const { preview } = frame;
    return preview && screen.waiting
      ? screen.waiting(preview, area)
      : messageLines('reading the case …', area);
  }
  return screen.View(state.of, area);
}

const messageLines = (text: string, { columns }: Area): readonly Line[] =>
  wrap(safe(text), columns - 2).map((part) => line(` ${part}`));

/** Where this is, and at the right what holds for all of the case. */
function crumbLine(frame: Frame): Line {
  const { columns, caseName, context, history, at } = frame;
  const steps = history.slice(0, at + 1).map((visit, index) => {
    const screen = screenOf(visit.place.screen);
    const crumb = index === at && visit.state ? (screen.crumb?.(visit.state.of) ?? '') : '';
    return crumb === '' ? screen.title : `${screen.title} ${crumb}`;
  });
  // A long way here: where it began and where it is.
  const shown = steps.length > 4 ? [steps[0], '…', ...steps.slice(-2)] : steps;
  const pathWith = (name: string, program = 'aidebug'): Line => [
    cell(program, 'bold'),
    cell([...(program === '' ? [] : ['']), name, ...shown].join(' ▸ ')),
  ];
  const name = safe(caseName, 40);
  // The windows are what all else on a screen is read by: the name gives way to them.
  const short = squeezed(name, shortName);
  for (const text of contextsOf(context)) {
    for (const path of [pathWith(name), pathWith(short), pathWith(short, '')]) {
      if (widthOf(path) + displayWidth(text) + 2 <= columns) return withRight(path, text, columns);
    }
  }
  // Where one is says more than the windows, how one came there less.
  const [, , incident = ''] = contextsOf(context);
  const here = line(shown.at(-1) ?? '');
  return widthOf(here) + displayWidth(incident) + 2 <= columns
    ? withRight(here, incident, columns)
    : pathWith(widthOf(pathWith(name)) <= columns ? name : short);
}

/** Columns that names of cases may be cut to. */
const shortName = 14;

/** "baseline … · incident … · data …", and less of it: without the baseline, and the incident alone. */
function contextsOf(context: string): readonly string[] {
  const parts = context.split(' · ');
  const [incident = ''] = parts.slice(-2);
  return [context, parts.slice(-2).join(' · '), incident];
}

/** `text` at the right end, if there is room for it. */
function withRight(left: Line, text: string, columns: number): Line {
  const room = columns - widthOf(left) - 2;
  const width = displayWidth(text);
  if (text === '' || width > room) return left;
  return [...left, cell(' '.repeat(room + 2 - width)), cell(text, 'dim')];
}

/** The tabs, as much of their names as there is room for. */
function tabLine(frame: Frame): Line {
  const visit = visitOf(frame);
  const [first] = frame.history;
  const current = isTop(visit) ? visit.place.screen : first?.place.screen;
  const tabs = (gap: number, named: boolean): Line =>
    tops.flatMap((name, at) => {
      const isCurrent = name === current;
      const text = named || isCurrent ? `${at + 1} ${screenOf(name).title}` : String(at + 1);
      const [open, close] = isCurrent ? '[]' : gap > 1 ? '  ' : ['', ''];
      return [cell(`${open}${text}${close}`, ...(isCurrent ? (['bold'] as const) : [])), cell(' ')];
    });
  const all = [tabs(3, true), tabs(1, true), tabs(1, false)];
  const fitting = all.find((one) => widthOf(one) <= frame.columns) ?? [];
  const filter = visit.filter === '' ? '' : `filter: ${safe(visit.filter, 60)}`;
  return filter === '' || widthOf(fitting) + displayWidth(filter) + 2 <= frame.columns
    ? withRight(fitting, filter, frame.columns)
    : withRight(tabs(1, false), filter, frame.columns);
}

function footerLine(frame: Frame): Line {
  const { typing, prompt, menu, said, columns } = frame;
  if (prompt) return promptLine(frame, prompt);
  if (frame.finder) return cut(line(' Enter opens · ↑ ↓ choose · Esc closes', 'dim'), columns);
  if (menu) return cut(line(' a letter or Enter copies · ↑ ↓ choose · Esc closes', 'dim'), columns);
  if (frame.help?.typing) return typingLine(fieldText(frame.help.filter), columns);
  if (typing !== null) return typingLine(`${safe(typing)}▏`, columns);
  if (isReading(frame)) {
    return cut(line(` reading … ${frame.reading} s · Esc cancels`, 'yellow'), columns);
  }
  if (said !== '') return line(` ${safe(said)}`, 'yellow');
  const { place, state } = visitOf(frame);
  const { typing: isTyping, typingHint } = screenOf(place.screen);
  if (typingHint !== undefined && !frame.help && state && isTyping?.(state.of)) {
    return cut(line(` ${typingHint}`, 'dim'), columns);
  }
  return hints(frame);
}

/** A filter that is being typed. */
const typingLine = (text: string, columns: number): Line =>
  cut([cell('/', 'bold'), cell(text), cell('  Enter keep · Esc clear', 'dim')], columns);

/** As many hints as fit: this screen's first, and always help and the way out. */
function hints(frame: Frame): Line {
  const visit = visitOf(frame);
  const screen = screenOf(visit.place.screen);
  const quits = frame.at === 0 && !(visit.state && screen.closable?.(visit.state.of));
  const loud = (bindings: readonly Binding[]): readonly (readonly [string, string])[] =>
    bindings
      .filter(({ quiet, action }) => !quiet && (action !== 'filter' || screen.filtered))
      .map(({ keys: [key = ''], action, help }) => [
        keyLabel(key),
        action === 'leave' && quits ? 'quit' : help,
      ]);
  const last = loud(frameBindings);
  const own: (readonly [string, string])[] = [];
  const width = (parts: readonly (readonly [string, string])[]): number =>
    parts.reduce((sum, [key, help]) => sum + displayWidth(`${key} ${help}  `), 1);
  for (const hint of loud(offered(screen, visit.state))) {
    if (width([...own, hint, ...last]) > frame.columns) break;
    own.push(hint);
  }
  return [
    cell(' '),
    ...[...own, ...last].flatMap(([key, help]) => [cell(key, 'bold'), cell(` ${help}  `, 'dim')]),
  ];
}

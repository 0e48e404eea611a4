/**
 * A program in a real pseudo-terminal, and what it shows: all that it writes goes through a
 * terminal emulator. Used by the measurements, by the pictures and by the tests.
 */
import xterm from '@xterm/headless';
import { spawn } from 'node-pty';

/** What would make a program in the terminal differ from one that a user starts. */
const foreign =
  /^(CI|CI_.*|CONTINUOUS_INTEGRATION|BUILD_NUMBER|GITHUB_.*|GITLAB_CI|NO_COLOR|FORCE_COLOR|AIDEBUG_DB|AIDEBUG_FORCE_TUI|AIDEBUG_TUI_THROW|NODE_ENV|VITEST.*|COLUMNS|LINES|LC_.*|TERM_PROGRAM.*|COLORTERM)$/;

/** The environment of this process without what is foreign, and with what is given. */
function environment(given) {
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(inherited),
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    ...given,
  };
}

export function openTerminal(command, args, { columns = 80, rows = 24, env = {}, cwd } = {}) {
  const term = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const cursorHidden = cursorWatched(term);
  const child = spawn(command, [...args], {
    cols: columns,
    rows,
    env: environment(env),
    cwd: cwd ?? process.cwd(),
    name: env.TERM ?? 'xterm-256color',
  });
  const written = [];
  const listeners = new Set();
  let ended = false;
  child.onData((text) => {
    written.push(text);
    for (const listener of listeners) listener(text);
    term.write(text);
  });
  term.onData((answer) => {
    if (!ended) child.write(answer);
  });
  const exit = new Promise((resolve) => {
    child.onExit((status) => {
      ended = true;
      // What was written before is on the screen when the promise resolves.
      term.write('', () => resolve(status));
    });
  });
  const screen = () => screenOf(term);
  return {
    send: (keys) => child.write(keys),
    resize(newColumns, newRows) {
      term.resize(newColumns, newRows);
      child.resize(newColumns, newRows);
    },
    screen,
    raw: () => written.join(''),
    onWritten(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    waitFor: (wanted, timeoutMs = 20_000) => waiting(term, exit, screen, wanted, timeoutMs),
    modes: () => ({
      alternate: term.buffer.active.type === 'alternate',
      cursorHidden: cursorHidden(),
      bracketedPaste: term.modes.bracketedPasteMode,
    }),
    cells: () => cellsOf(term),
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    exit,
    dispose() {
      if (!ended) child.kill('SIGKILL');
      child.destroy();
      term.dispose();
    },
  };
}

/** Follows DECTCEM; returns whether the cursor is hidden now. */
function cursorWatched(term) {
  let hidden = false;
  for (const final of ['h', 'l']) {
    term.parser.registerCsiHandler({ prefix: '?', final }, (parameters) => {
      if (parameters.includes(25)) hidden = final === 'l';
      return false;
    });
  }
  return () => hidden;
}

function visibleLines(term) {
  const { active } = term.buffer;
  return Array.from({ length: term.rows }, (_, row) => active.getLine(active.baseY + row));
}

const screenOf = (term) => visibleLines(term).map((line) => line?.translateToString(true) ?? '');

/** Resolves once the screen is as wanted. Frames that are half written are not looked at. */
function waiting(term, exit, screen, wanted, timeoutMs) {
  const satisfied = () => {
    const lines = screen();
    return typeof wanted === 'function'
      ? wanted(lines)
      : lines.some((line) => line.includes(wanted));
  };
  return new Promise((resolve, reject) => {
    const done = (settle) => {
      parsed.dispose();
      clearTimeout(timer);
      settle();
    };
    const refuse = (why) =>
      done(() =>
        reject(new Error(`${why}, waiting for ${String(wanted)}. Screen:\n${screen().join('\n')}`)),
      );
    const check = () => {
      if (!term.modes.synchronizedOutputMode && satisfied()) done(resolve);
    };
    const parsed = term.onWriteParsed(check);
    const timer = setTimeout(() => refuse(`nothing in ${timeoutMs} ms`), timeoutMs);
    exit.then(() => {
      if (satisfied()) done(resolve);
      else refuse('the program has ended');
    });
    check();
  });
}

function cellsOf(term) {
  return visibleLines(term).map((line) =>
    Array.from({ length: term.cols }, (_, column) => {
      const cell = line?.getCell(column);
      return {
        chars: cell?.getChars() ?? '',
        width: cell?.getWidth() ?? 1,
        fg: cell ? colorOf(cell, 'Fg') : null,
        bg: cell ? colorOf(cell, 'Bg') : null,
        bold: Boolean(cell?.isBold()),
        dim: Boolean(cell?.isDim()),
        inverse: Boolean(cell?.isInverse()),
      };
    }),
  );
}

/** Number in the palette, or `#rrggbb`; null: the terminal's own. */
function colorOf(cell, layer) {
  if (cell[`is${layer}Default`]()) return null;
  const color = cell[`get${layer}Color`]();
  return cell[`is${layer}RGB`]() ? `#${color.toString(16).padStart(6, '0')}` : color;
}

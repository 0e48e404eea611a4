/** Everything that can be gone to by name: of the case, its notes, and commands. */
import { commandList } from './commands.ts';
import { type Findable, findableNotes } from './finder.ts';
import type { Frame } from './frame.ts';

/** Everything that can be gone to by now. */
export const allFindables = ofAll();

/** The same list while nothing it is made of has changed: it is indexed once. */
function ofAll(): (frame: Frame) => readonly Findable[] {
  let made: { of: readonly unknown[]; items: readonly Findable[] } = { of: [], items: [] };
  return ({ findables, notes }) => {
    const [lookedUp, written] = made.of;
    if (lookedUp !== findables || written !== notes) {
      const items = [...(findables ?? []), ...findableNotes(notes), ...findableCommands];
      made = { of: [findables, notes], items };
    }
    return made.items;
  };
}

const findableCommands: readonly Findable[] = commandList.map(({ name, takes }) => ({
  kind: 'command',
  text: `:${name}`,
  detail: takes,
  go: { command: name },
}));

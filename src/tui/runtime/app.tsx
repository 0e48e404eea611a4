/** The one component: it draws the lines it is handed. All of Ink and React that aidebug uses. */
import { Box, type Instance, render, Text } from 'ink';
import { useSyncExternalStore } from 'react';

/** The frame now, as text, and who wants to know when it has changed. */
export interface Source {
  /** One string a line, escape codes included; the same array while nothing has changed. */
  lines(): readonly string[];
  subscribe(listener: () => void): () => void;
}

function App({ source }: { readonly source: Source }) {
  const lines = useSyncExternalStore(source.subscribe, source.lines);
  return (
    <Box flexDirection="column">
      {lines.map((text, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen.
        <Text key={at}>{text === '' ? ' ' : text}</Text>
      ))}
    </Box>
  );
}

/**
 * Ink's debug mode hands every frame over whole. Its own ways to update a terminal do not serve a
 * full screen in 6.8: one erases and rewrites all of it at every key, the other (`incremental`)
 * counts one line short under a frame that ends above the last row. The lines are as wide as they
 * may be already, so they are joined as for a screen reader: else each character of each frame is
 * taken apart and put on a grid, which takes ten times as long as all the rest.
 */
export const mount = (source: Source, stdout: NodeJS.WriteStream): Instance =>
  render(<App source={source} />, {
    stdout,
    debug: true,
    isScreenReaderEnabled: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });

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
        <Text key={at} wrap="truncate-end">
          {text === '' ? ' ' : text}
        </Text>
      ))}
    </Box>
  );
}

/** A frame every 16 ms at most: the rate of the usual display. */
const framesPerSecond = 60;

export const mount = (source: Source, stdout: NodeJS.WriteStream): Instance =>
  render(<App source={source} />, {
    stdout,
    exitOnCtrlC: false,
    patchConsole: false,
    incrementalRendering: true,
    maxFps: framesPerSecond,
  });

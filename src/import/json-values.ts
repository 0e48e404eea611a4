/**
 * Dumps of JSON: one value, JSON Lines, an array of values, or documents one after another.
 * Memory holds one top-level value, or a part of one that is long, and one batch at a time.
 */
import type { Batch } from '../model.ts';
import { Draft } from './draft.ts';
import type { Input } from './format.ts';
import type { Lists } from './json-lists.ts';
import { JsonSplitter, type Piece } from './json-splitter.ts';
import { parsed } from './json-text.ts';
import { type Line, Lines } from './lines.ts';
import { shown } from './shown.ts';

/** What a JSON format makes of the top-level values. A generator stops where a batch may be taken. */
export interface ValueReader {
  value(draft: Draft, value: unknown): Generator<void>;
  /** Values that are whole within text that is not. */
  whole(text: string): Generator<unknown>;
  /**
   * How a value begins: a line that was torn in a text hides the value that a writer, started
   * again, put right behind it. Matches wherever one may begin.
   */
  readonly begin: RegExp;
  /** Where a long value may be divided; left out: nowhere. */
  readonly lists?: Lists;
  /** What waits for values that did not come. */
  end?(draft: Draft): Generator<void>;
  /** Reads values that stand on a line of their own, as most do, faster than by parsing them. */
  fast?(draft: Draft): LineReader;
}

export interface LineReader {
  /** Adds the value of the line to the draft. False if it is not known so well: then nothing. */
  read(bytes: Buffer, from: number, to: number): boolean;
}

export async function* decodeValues(input: Input, reader: ValueReader): AsyncGenerator<Batch> {
  const draft = new Draft(input);
  const splitter = new JsonSplitter(reader.lists);
  const decodeLine = lineDecoder(draft, splitter, reader);
  const lines = new Lines();
  for await (const chunk of input.chunks) {
    lines.push(chunk);
    for (const line of lines.take(false)) yield* decodeLine(line);
  }
  for (const line of lines.take(true)) yield* decodeLine(line);
  yield* decodeEnd(draft, splitter, input, reader);
}

function lineDecoder(
  draft: Draft,
  splitter: JsonSplitter,
  reader: ValueReader,
): (line: Line) => Generator<Batch> {
  const fast = reader.fast?.(draft) ?? null;
  function* decode(piece: Piece): Generator<Batch> {
    draft.atLine(piece.line, piece.part);
    if (fast === null || !isReadBy(fast, piece)) yield* decodePiece(draft, piece, null, reader);
  }
  return function* ({ bytes, from, to, isWhole }) {
    draft.atLine(splitter.line);
    if (isWhole && splitter.isIdle && fast?.read(bytes, from, to)) splitter.passLine();
    else {
      splitter.push(bytes.subarray(from, to));
      for (const piece of splitter.pieces(false)) {
        yield* decode(piece);
        if (draft.full) yield draft.take();
      }
    }
    if (draft.full) yield draft.take();
  };
}

/** Whether it is a part of a long value, and read as if it were a line. */
function isReadBy(fast: LineReader, { kind, text, part }: Piece): boolean {
  if (kind !== 'value' || part === null) return false;
  const bytes = Buffer.from(text);
  return fast.read(bytes, 0, bytes.length);
}

/** What is left, and why if the input ends before its values do. */
function* decodeEnd(
  draft: Draft,
  splitter: JsonSplitter,
  input: Input,
  reader: ValueReader,
): Generator<Batch> {
  let damage = input.damage();
  for (const piece of splitter.pieces(true)) {
    draft.atLine(piece.line, piece.part);
    yield* decodePiece(draft, piece, damage, reader);
    if (piece.kind === 'torn') damage = null;
  }
  // Cut between two values: nothing is torn, but something is missing.
  draft.atLine(splitter.line);
  if (damage !== null) draft.note('truncated-input', `${damage}: what came before is kept`);
  if (reader.end) for (const _ of reader.end(draft)) if (draft.full) yield draft.take();
  if (!draft.empty) yield draft.take();
}

/** The values in one text. `damage` is why it ends before they do, if it does. */
export function* decodeText(
  draft: Draft,
  text: Uint8Array,
  damage: string | null,
  reader: ValueReader,
): Generator<Batch> {
  const splitter = new JsonSplitter(reader.lists);
  splitter.push(text);
  for (const piece of splitter.pieces(true)) yield* decodePiece(draft, piece, damage, reader);
}

function* decodePiece(
  draft: Draft,
  piece: Piece,
  damage: string | null,
  reader: ValueReader,
): Generator<Batch> {
  const { kind, text } = piece;
  if (kind === 'orphans') draft.note('oversize-value', orphaned);
  const value = kind === 'value' || kind === 'orphans' ? parsed(text) : undefined;
  if (value !== undefined) yield* fullBatches(draft, reader.value(draft, value));
  else if (kind === 'oversize') {
    draft.skip('oversize-value', `a record is too long to be held, left out: ${shown(text, 120)}`);
  } else yield* salvage(draft, piece, damage, reader);
}

const orphaned =
  'no resource, or no scope, stands before so many records: they are kept without it';

/** What can be read of a piece that is no value. */
function* salvage(
  draft: Draft,
  piece: Piece,
  damage: string | null,
  reader: ValueReader,
): Generator<Batch> {
  const begin = shown(piece.text, 120);
  if (piece.kind === 'torn') {
    const why = damage === null ? '' : ` (${damage})`;
    const message = `the input ends inside a value${why}: ${begin}`;
    // An array that is not closed after a whole value has lost nothing that is known of.
    if (piece.text === '') draft.note('truncated-input', `the input ends inside an array${why}`);
    else draft.skip('truncated-input', message);
  } else draft.skip('bad-record', `not JSON: ${begin}`);
  const hidden = hiddenValue(piece.text, reader.begin);
  const text = hidden === null ? piece.text : piece.text.slice(0, hidden.at);
  for (const entry of reader.whole(text)) yield* fullBatches(draft, reader.value(draft, entry));
  if (hidden !== null) yield* fullBatches(draft, reader.value(draft, hidden.value));
  if (draft.full) yield draft.take();
}

/** The value that ends the text, if one begins inside of it: where it last looks like that. */
function hiddenValue(
  text: string,
  begin: RegExp,
): { readonly at: number; readonly value: unknown } | null {
  const begins = [...text.matchAll(new RegExp(begin, 'g'))];
  const at = begins.at(-1)?.index ?? 0;
  const value = at > 0 ? parsed(text.slice(at)) : undefined;
  return value === undefined ? null : { at, value };
}

function* fullBatches(draft: Draft, decoding: Generator<void>): Generator<Batch> {
  for (const _ of decoding) if (draft.full) yield draft.take();
  if (draft.full) yield draft.take();
}

/**
 * OTLP/JSON: a request, JSON Lines as the Collector's file exporter writes them, an array of
 * requests, or pretty-printed documents one after another; all signals mixed. Memory holds one
 * top-level value and one batch at a time.
 *
 * Spec: opentelemetry-proto, docs/specification.md, "JSON Protobuf Encoding";
 * OpenTelemetry specification, "OTLP File Exporter".
 */
import type { Batch } from '../model.ts';
import { Draft } from './draft.ts';
import type { Format, Input } from './format.ts';
import { JsonSplitter, type Piece } from './json-splitter.ts';
import { quoteLongIntegers } from './long-integers.ts';
import { decodeRequest, otlpPaths } from './otlp/request.ts';
import { wholeRecords } from './salvage.ts';
import { shown } from './shown.ts';

export const otlpJson: Format = {
  name: 'otlp-json',

  matches: ({ paths }) => otlpPaths.some((path) => paths.has(path)),

  async *decode(input) {
    const draft = new Draft(input.name);
    const splitter = new JsonSplitter();
    for await (const chunk of input.chunks) {
      splitter.push(chunk);
      for (const piece of splitter.pieces(false)) yield* decodePiece(draft, piece, null);
    }
    yield* decodeEnd(draft, splitter, input);
    if (!draft.empty) yield draft.take();
  },
};

function* decodeEnd(draft: Draft, splitter: JsonSplitter, input: Input): Generator<Batch> {
  let damage = input.damage();
  for (const piece of splitter.pieces(true)) {
    yield* decodePiece(draft, piece, damage);
    if (piece.kind === 'torn') damage = null;
  }
  // Cut between two values: nothing is torn, but something is missing.
  draft.atLine(splitter.line);
  if (damage !== null) draft.note('truncated-input', `${damage}: what came before is kept`);
}

/** `damage` is why the input ends before the dump does, if it does. */
function* decodePiece(draft: Draft, piece: Piece, damage: string | null): Generator<Batch> {
  draft.atLine(piece.line);
  const value = piece.kind === 'value' ? parsed(piece.text) : undefined;
  if (value !== undefined) return yield* fullBatches(draft, value);
  const begin = shown(piece.text, 120);
  if (piece.kind === 'torn') {
    const why = damage === null ? '' : ` (${damage})`;
    const message = `the input ends inside a value${why}: ${begin}`;
    // An array that is not closed after a whole value has lost nothing that is known of.
    if (piece.text === '') draft.note('truncated-input', `the input ends inside an array${why}`);
    else draft.skip('truncated-input', message);
  } else draft.skip('bad-record', `not JSON: ${begin}`);
  for (const entry of wholeEntries(piece.text)) yield* fullBatches(draft, entry);
  if (draft.full) yield draft.take();
}

function* fullBatches(draft: Draft, value: unknown): Generator<Batch> {
  for (const _ of decodeRequest(draft, value)) if (draft.full) yield draft.take();
  if (draft.full) yield draft.take();
}

/** The parsed text; undefined if it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(quoteLongIntegers(text));
  } catch {
    return undefined;
  }
}

const listBegin =
  /^\{\s*(?:"(?:trace|result)"\s*:\s*\{\s*)?"(?:resource_?(?:Spans|Logs|Metrics|spans|logs|metrics)|batches)"\s*:\s*\[/;

/**
 * What is whole of a request that is not: the resources before the bad place, and the records
 * before it of the resource that is itself broken.
 */
function* wholeEntries(text: string): Generator<unknown> {
  const begin = listBegin.exec(text);
  if (begin === null) return;
  const splitter = new JsonSplitter();
  splitter.push(Buffer.from(text.slice(begin[0].length)));
  for (const piece of splitter.pieces(true)) {
    const value = piece.kind === 'value' ? parsed(piece.text) : undefined;
    if (value !== undefined) yield value;
    else {
      const entry = parsed(wholeRecords(piece.text) ?? '');
      if (entry !== undefined) yield entry;
      return;
    }
  }
}

/**
 * OTLP protobuf: bare requests, one or several; behind a varint length; or in the framing of the
 * Collector's file exporter, where a message may also be JSON or a zstd frame. The three signals
 * are told apart by their content.
 *
 * Source: opentelemetry-collector-contrib, exporter/fileexporter.
 */
import type { Batch } from '../../model.ts';
import { Draft } from '../draft.ts';
import { type Format, type Input, isBinary } from '../format.ts';
import { decodeText } from '../json-values.ts';
import { otlpValues } from '../otlp-json.ts';
import { isZstd, unzstdFrame } from '../zstd.ts';
import { RequestReader, tooLong } from './entries.ts';
import { type Framing, frames, framingOf, isSoundMessage, messagesWithin } from './framing.ts';
import type { Frame } from './held.ts';

export const otlpProtobuf: Format = {
  name: 'otlp-protobuf',

  matches: ({ bytes }) => isBinary(bytes) && framingOf(bytes) !== null,

  async *decode(input, head) {
    const draft = new Draft(input);
    const requests = new RequestReader(draft);
    let number = 0;
    let damage: string | null = null;
    for await (const frame of frames(input.chunks, framingOf(head.bytes) as Framing)) {
      number += 1;
      draft.atMessage(number);
      if (frame.kind === 'torn') damage = input.damage() ?? 'it is shorter than its length says';
      yield* decodeFrame(draft, requests, frame, damage);
      if (draft.full) yield draft.take();
    }
    yield* end(draft, input, damage);
  },
};

function* end(draft: Draft, input: Input, damage: string | null): Generator<Batch> {
  const why = input.damage();
  if (damage === null && why !== null) {
    draft.note('truncated-input', `${why}: what came before is kept`);
  }
  if (!draft.empty) yield draft.take();
}

async function* decodeFrame(
  draft: Draft,
  requests: RequestReader,
  { kind, bytes, at }: Frame,
  damage: string | null,
): AsyncGenerator<Batch> {
  if (kind === 'joined') {
    draft.note('bad-record', 'bytes are missing between this message and the next: both are kept');
  }
  if (kind === 'oversize') {
    draft.skip('oversize-value', tooLong);
  } else if (kind === 'torn' && bytes.length === 0) {
    draft.note('truncated-input', `the input ends inside a message (${damage})`);
  } else if (kind === 'lost') {
    draft.skip('bad-record', `${bytes.length} bytes from byte ${at} are no message: left out`);
  } else {
    yield* isZstd(bytes)
      ? decodeZstd(draft, requests, bytes, damage)
      : decodeMessage(draft, requests, bytes, damage);
  }
}

async function* decodeZstd(
  draft: Draft,
  requests: RequestReader,
  bytes: Uint8Array,
  damage: string | null,
): AsyncGenerator<Batch> {
  const message = await unzstdFrame(bytes);
  const isSound = typeof message !== 'string' && isSoundMessage(message);
  const others = isSound || damage !== null ? [] : messagesWithin(bytes);
  if (others.length > 0) draft.skip('bad-record', 'a message was cut: it is left out');
  else if (typeof message === 'string') draft.skip('bad-record', message);
  else yield* decodeMessage(draft, requests, message, damage);
  for (const other of others) {
    yield* decodeFrame(draft, requests, { kind: 'whole', bytes: other, at: 0 }, damage);
  }
}

function* decodeMessage(
  draft: Draft,
  requests: RequestReader,
  bytes: Uint8Array,
  damage: string | null,
): Generator<Batch> {
  if (bytes[0] === 0x7b) return yield* decodeText(draft, bytes, damage, otlpValues);
  for (const _ of requests.read(bytes, damage)) if (draft.full) yield draft.take();
}

/**
 * OTLP/JSON: a request, JSON Lines as the Collector's file exporter writes them, an array of
 * requests, or pretty-printed documents one after another; all signals mixed.
 *
 * Spec: opentelemetry-proto, docs/specification.md, "JSON Protobuf Encoding";
 * OpenTelemetry specification, "OTLP File Exporter".
 */
import type { Format } from './format.ts';
import { JsonSplitter } from './json-splitter.ts';
import { parsed } from './json-text.ts';
import { decodeValues, type ValueReader } from './json-values.ts';
import { decodeRequest, otlpPaths, requestLists } from './otlp/request.ts';
import { wholeRecords } from './salvage.ts';
import { requestScanner } from './scan/request.ts';

export const otlpValues: ValueReader = {
  value: decodeRequest,
  fast: requestScanner,
  whole: wholeEntries,
  lists: requestLists,
  begin: /\{\s*"resource_?(?:[Ss]pans|[Ll]ogs|[Mm]etrics)"/,
};

export const otlpJson: Format = {
  name: 'otlp-json',
  matches: ({ paths }) => otlpPaths.some((path) => paths.has(path)),
  decode: (input) => decodeValues(input, otlpValues),
};

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

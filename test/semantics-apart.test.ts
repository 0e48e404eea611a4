/** What sets spans apart that are alike otherwise: all that is found once for all of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AttributeValue, Span } from '../src/model.ts';
import {
  agentStepOf,
  componentOf,
  failed,
  failureCodes,
  firstText,
  isCollective,
  isInference,
  modelOf,
  peerOf,
  placesOf,
  rankOf,
  setsApart,
  signalOf,
  userOf,
  versionOf,
} from '../src/semantics/index.ts';
import { blank } from './draw.ts';

/** Every text in the sources that could be the name of an attribute, and such that never are. */
const folder = join('src', 'semantics');
const names = new Set([
  ...readdirSync(folder).flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/'([a-z][\w.-]*)'/gi)].map(
      ([, name]) => name as string,
    ),
  ),
  ...[
    'request.id',
    'thread.name',
    'thread.id',
    'code.lineno',
    'message.size',
    'tenant',
    'shard.id',
  ],
]);

/** What is found of a span for all that are alike. */
const found = (span: Span) => ({
  places: placesOf(span),
  component: componentOf(span),
  step: agentStepOf(span.attributes),
  infers: isInference(span),
  waits: isCollective(span),
  failed: failed(span),
  code: firstText(span.attributes, failureCodes),
  model: modelOf(span.attributes, span.resource),
  version: versionOf(span.attributes, span.resource),
  rank: rankOf(span.resource, span.attributes),
  peer: peerOf(span),
  user: userOf(span.attributes),
  numbers: Object.keys(span.attributes).filter((name) => signalOf(name) !== null),
});

const values: readonly AttributeValue[] = [
  ...['chat', 'retrieval', 'qdrant', '503', 'UNAVAILABLE', '/v1/chat/completions'],
  ...['http://cart:80/v1/messages', 'x', 7, true],
];
const spans: readonly Span[] = (['server', 'client', 'internal'] as const).flatMap((kind) => [
  { ...blank, kind },
  { ...blank, kind, name: 'chat', attributes: { 'gen_ai.operation.name': 'chat', model: 'm' } },
]);

describe('an attribute', () => {
  test('that does not set spans apart changes nothing that is found of them', () => {
    const silent = [...names].filter((name) => !setsApart(name));
    expect(silent).toContain('request.id');
    for (const span of spans) {
      const usual = found(span);
      for (const name of silent) {
        for (const value of values) {
          const attributes = { ...span.attributes, [name]: value };
          expect(found({ ...span, attributes }), `${name} = ${value}`).toEqual(usual);
        }
      }
    }
  });

  test('that does is one that something is found by', () => {
    const telling = [...names].filter((name) => setsApart(name));
    const changes = telling.filter((name) =>
      spans.some((span) =>
        values.some((value) => {
          const other = found({ ...span, attributes: { ...span.attributes, [name]: value } });
          return JSON.stringify(other) !== JSON.stringify(found(span));
        }),
      ),
    );
    expect(changes.length / telling.length).toBeGreaterThan(0.5);
  });
});

import { describe, expect, test } from 'vitest';
import { modelCalls } from '../src/diagnose/detectors/model-calls.ts';
import type { Attributes, Span } from '../src/model.ts';
import { modelCallOf } from '../src/semantics/index.ts';
import {
  type DrawnCase,
  diagnosisOf,
  earlier,
  featuresOf,
  later,
  many,
  namesOf,
  type Trace,
} from './case.ts';

/** An agent asks a model through a gateway. */
const picture = `
  web/GET         [==============]
    agent/ask      [============]
      agent/chat     [========]
        gateway/POST  [======]
`;
interface Said {
  readonly model?: string;
  readonly prompt?: string;
  readonly input?: number;
  readonly output?: number;
  readonly end?: string;
}
const chat = ({ model = 'x-0301', prompt = 'v1', input, output, end = 'stop' }: Said) => ({
  'agent/chat': {
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'x',
      'gen_ai.response.model': model,
      'gen_ai.prompt.version': prompt,
      'gen_ai.usage.input_tokens': input ?? 1_000,
      'gen_ai.usage.output_tokens': output ?? 100,
      'gen_ai.response.finish_reasons': [end],
    },
  } satisfies Partial<Span>,
});
/** Lengths differ by up to a tenth from request to request. */
const uneven = (tokens: number, at: number): number =>
  Math.round(tokens * (0.95 + ((at * 7) % 11) / 110));
const asking = (draw: typeof earlier, said: Said, count = 30): readonly Trace[] =>
  Array.from({ length: count }, (_, at) =>
    draw(picture, 1, {
      set: chat({
        ...said,
        input: uneven(said.input ?? 1_000, at),
        output: uneven(said.output ?? 100, at),
      }),
    }),
  ).flat();
const found = (drawing: DrawnCase) =>
  [...modelCalls.detect(featuresOf(drawing))].map(({ kind, service }) => `${kind} ${service}`);
const changedTo = (said: Said): DrawnCase => ({
  baseline: asking(earlier, {}),
  incident: asking(later, said),
});

describe('requests to language models', () => {
  test('another model answers under the same name: that of who serves it', () => {
    const drawing = changedTo({ model: 'x-0426', output: 190 });
    expect(found(drawing)).toEqual(['model-change gateway', 'output-length gateway']);
    expect(namesOf(diagnosisOf(drawing))[0]).toMatch(/^gateway model-swap/);
    const [row] = [...modelCalls.detect(featuresOf(drawing))];
    expect(row).toMatchObject({
      entity: 'model:x-0426',
      effect: { baseline: 0, incident: 1 },
      n: { baseline: 30, incident: 30 },
      summary:
        'chat of agent is answered by x-0426, which is new, in 100 % of requests; x-0301 before',
    });
  });

  test('a change without harm is a hint, and no cause', () => {
    const drawing = changedTo({ model: 'x-0426' });
    expect(found(drawing)).toEqual(['model-change gateway']);
    expect(diagnosisOf(drawing).verdict).toBe('no-clear-cause');
  });

  test('a new version of the prompt is that of who asks', () => {
    expect(found(changedTo({ prompt: 'v2' }))).toEqual(['prompt-change agent']);
  });

  test('prompts that grow until they do not fit', () => {
    const drawing = changedTo({ input: 9_000, end: 'length' });
    expect(found(drawing)).toEqual(['prompt-length agent', 'context-limit agent']);
    expect(namesOf(diagnosisOf(drawing))[0]).toMatch(/^agent context-overflow/);
  });

  test('what jumped did so when it jumped, not in the middle of the incident', () => {
    const answering = (tokens: number) => ({
      set: chat({}),
      vary: (span: Span, number: number): Span =>
        span.name === 'chat'
          ? {
              ...span,
              attributes: {
                ...span.attributes,
                'gen_ai.usage.output_tokens': uneven(tokens, number),
              },
            }
          : span,
    });
    const [row] = [
      ...modelCalls.detect(
        featuresOf({
          baseline: earlier(picture, 30, answering(100)),
          incident: later(picture, 30, answering(300)),
        }),
      ),
    ];
    expect(row?.kind).toBe('output-length');
    // The first of thirty requests in five minutes from the tenth on.
    expect(Number(row?.firstSeen) / 60e9).toBeLessThan(10.2);
  });

  test('nothing changed, or a tenth only, or too few to say', () => {
    expect(found(changedTo({}))).toEqual([]);
    expect(found(changedTo({ input: 1_080, output: 92 }))).toEqual([]);
    const few = asking(later, { model: 'x-0426', output: 300 }, 4);
    expect(found({ baseline: asking(earlier, {}), incident: few })).toEqual([]);
  });

  test('two requests by another model may be chance; the same share of answers cut as before', () => {
    const two = asking(later, { model: 'x-0426' }, 2);
    const incident = [...asking(later, {}, 28), ...two];
    expect(found({ baseline: asking(earlier, {}), incident })).toEqual([]);
    const cut = (draw: typeof earlier) => [
      ...asking(draw, {}, 20),
      ...asking(draw, { end: 'length' }, 10),
    ];
    expect(found({ baseline: cut(earlier), incident: cut(later) })).toEqual([]);
  });

  test('one long answer among others is none of a length', () => {
    const long = many(picture, { count: 1, minutes: [14.9, 15], set: chat({ output: 900 }) });
    const incident = [...asking(later, {}, 6), ...long];
    expect(found({ baseline: asking(earlier, {}), incident })).toEqual([]);
  });
});

test.each<[string, Attributes, string]>([
  ['cut for its length', { 'gen_ai.completion.0.finish_reason': 'length' }, ''],
  ['OpenAI', {}, "This model's maximum context length is 16384 tokens, requested 33658"],
  ['Anthropic', {}, 'prompt is too long: 210000 tokens > 200000 maximum'],
  ['vLLM', {}, 'The decoder prompt exceeds the context window of 4096 tokens'],
])('what does not fit: %s', (_, attributes, statusMessage) => {
  const span = { attributes, statusMessage, events: [] } as unknown as Span;
  expect(modelCallOf(span).overflowed).toBe(true);
  expect(modelCallOf({ ...span, attributes: {}, statusMessage: 'timeout' }).overflowed).toBe(false);
});

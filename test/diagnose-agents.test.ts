import { describe, expect, test } from 'vitest';
import { agentTurns } from '../src/diagnose/detectors/agent-turns.ts';
import { errorOrigin } from '../src/diagnose/detectors/error-origin.ts';
import { modelCalls } from '../src/diagnose/detectors/model-calls.ts';
import type { Span } from '../src/model.ts';
import {
  type DrawnCase,
  diagnosisOf,
  earlier,
  featuresOf,
  later,
  namesOf,
  ofKind,
} from './case.ts';

const does = (operation: string): Partial<Span> => ({
  attributes: { 'gen_ai.operation.name': operation },
});
const set = {
  'agent/ask': does('invoke_agent'),
  'agent/chat': does('chat'),
  'llm/chat': does('chat'),
  'agent/tool': does('execute_tool'),
};

/** A request in which the agent asks the model so many times, and runs a tool after each but the last. */
const asking = (turns: number, mark = ''): string =>
  [
    `agent/ask     [${'='.repeat(12 * turns)}]`,
    ...Array.from({ length: turns }, (_, turn) => {
      const at = ' '.repeat(12 * turn);
      return `  agent/chat    ${at}[==${mark && turn < turns - 1 ? mark : ''}]\n  agent/tool    ${at}    [==]`;
    }),
  ].join('\n');

describe('turns of an agent', () => {
  const rows = (drawing: DrawnCase) => [...agentTurns.detect(featuresOf(drawing))];
  const baseline = earlier(asking(2), 40, { set });

  test('it asks the model more often for one request than it did', () => {
    const drawing = { baseline, incident: later(asking(9), 25, { set }) };
    const [row, ...others] = rows(drawing);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'agent-turns',
      entity: 'service:agent',
      operation: 'chat',
      effect: { baseline: 2, incident: 9 },
      n: { baseline: 40, incident: 25 },
      summary: 'agent asked the model 9 times a request, 2 before',
    });
    expect(row?.strength).toBeGreaterThan(0.9);
    expect(row?.traces).toHaveLength(25);
    expect(namesOf(diagnosisOf(drawing))[0]).toMatch(/^agent agent-loop/);
  });

  test('what fills the context on the way there is not the cause', () => {
    // Every turn sends what was said before: prompts grow with it.
    const says = (tokens: number, cut: number) => (span: Span, number: number) =>
      span.name === 'chat'
        ? {
            ...span,
            attributes: {
              ...span.attributes,
              'gen_ai.usage.input_tokens': tokens + number,
              'gen_ai.response.finish_reasons': [number % 2 < cut ? 'length' : 'stop'],
            },
          }
        : span;
    const drawing = {
      baseline: earlier(asking(2), 40, { set, vary: says(1_000, 0) }),
      incident: later(asking(9), 25, { set, vary: says(4_000, 1) }),
    };
    const answer = diagnosisOf(drawing);
    expect(namesOf(answer)[0]).toMatch(/^agent agent-loop/);
    expect([...modelCalls.detect(featuresOf(drawing))].map(({ kind }) => kind)).toContain(
      'context-limit',
    );
  });

  test('one request in five that does not come to an end, and since when', () => {
    const long = later(asking(12), 5, { set, minutes: [12, 15] });
    const [row] = rows({ baseline, incident: [...later(asking(2), 20, { set }), ...long] });
    expect(row?.effect.incident).toBe(4);
    expect(row?.traces).toEqual(long.map(([span]) => span?.traceId).sort());
    // The first of five traces in three minutes begins after 18 s, asks the model 2 ms later.
    expect(row?.firstSeen).toBe((12 * 60 + 18) * 1e9 + 2e6);
  });

  test('some longer conversations among many are none', () => {
    const talks = (of: typeof earlier, ...counts: readonly number[]) =>
      counts.flatMap((count, index) => of(asking(index + 1), count, { set }));
    // 1.3 and 1.97 turns in the mean, as a geometric count gives them by itself.
    const drawing = {
      baseline: talks(earlier, 24, 8, 1),
      incident: talks(later, 17, 7, 6, 3, 0, 1),
    };
    expect(rows(drawing)).toEqual([]);
  });

  test('asking again what failed is no turn', () => {
    expect(rows({ baseline, incident: later(asking(2), 25, { set }) })).toEqual([]);
    // Of nine tries the first and the last are answered.
    const retried = asking(9, '!').replace('[==!]', '[===]');
    expect(rows({ baseline, incident: later(retried, 25, { set }) })).toEqual([]);
  });

  test('what answers an agent, and what is no agent, takes no turns', () => {
    const answered = (turns: number): string =>
      [
        `agent/ask     [${'='.repeat(12 * turns)}]`,
        ...Array.from({ length: turns }, (_, turn) => {
          const at = ' '.repeat(12 * turn);
          return `  agent>llm     ${at}[====]\n    llm/chat      ${at}[==]`;
        }),
      ].join('\n');
    const drawing = {
      baseline: earlier(answered(2), 40, { set }),
      incident: later(answered(9), 25, { set }),
    };
    expect(rows(drawing)).toEqual([]);
    const asks = { 'agent>llm': does('chat') };
    const said = {
      baseline: earlier(answered(2), 40, { set: { ...set, ...asks } }),
      incident: later(answered(9), 25, { set: { ...set, ...asks } }),
    };
    expect(rows(said).map(({ service }) => service)).toEqual(['agent']);
  });
});

describe('a tool that fails', () => {
  const well = `
    agent/ask        [==============]
      agent/tool       [=======]
        agent>weather    [===]
  `;
  const failing = `
    agent/ask        [==============!]
      agent/tool       [=======!]
        agent>weather    [===!]
  `;
  const said = { ...set, 'agent>weather': { statusMessage: 'no such city' } };
  const answerTo = (picture: string, own: Readonly<Record<string, Partial<Span>>>) => ({
    baseline: earlier(well, 96, { set }),
    incident: [...later(well, 30, { set }), ...later(picture, 30, { set: own })],
  });
  const rows = (drawing: DrawnCase) =>
    ofKind(errorOrigin.detect(featuresOf(drawing)), 'tool-failure');

  test('is the service that the tool asks', () => {
    const drawing = answerTo(failing, said);
    expect(rows(drawing).map(({ service, summary }) => [service, summary])).toEqual([
      ['weather', '30 calls failed as a tool of an agent: “no such city”'],
    ]);
    expect(namesOf(diagnosisOf(drawing))[0]).toMatch(/^weather tool-failure/);
  });

  test('is not what failed in asking the model, nor outside of any agent', () => {
    const inModel = { ...said, 'agent/tool': does('chat') };
    expect(rows(answerTo(failing, inModel))).toEqual([]);
    const outside = { 'agent>weather': { statusMessage: 'no such city' } };
    expect(rows(answerTo(failing, outside))).toEqual([]);
  });

  test('is as strong as the share of the failures that happened in it', () => {
    const elsewhere = `
      agent/ask        [==============!]
        agent>weather    [===!]
    `;
    const drawing = answerTo(failing, said);
    const incident = [...drawing.incident, ...later(elsewhere, 90, { set: said })];
    const [row] = rows({ ...drawing, incident });
    expect(row?.strength).toBeGreaterThan(0.2);
    expect(row?.strength).toBeLessThan(0.3);
  });
});

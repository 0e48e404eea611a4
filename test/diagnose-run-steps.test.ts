import { describe, expect, test } from 'vitest';
import { runSteps } from '../src/diagnose/detectors/run-steps.ts';
import type { Span } from '../src/model.ts';
import { answerOf, isRejection, isUnfounded } from '../src/semantics/index.ts';
import {
  type DrawnCase,
  diagnosisOf,
  earlier,
  featuresOf,
  later,
  namesOf,
  type Trace,
} from './case.ts';

const says = (operation: string, answer: string): Partial<Span> => ({
  attributes: { 'gen_ai.operation.name': operation, 'output.value': answer },
});
const picture = `
  team/run        [==============================]
    planner/chat    [===]
    coder/chat          [===]
    shell/run               [==]
    checker/chat               [===]
    coder/answer                   [===]
`;
/** One run of a team; what it does not say is of no note. */
const run = (said: Readonly<Record<string, Partial<Span>>> = {}): readonly Trace[] =>
  later(picture, 1, {
    set: {
      'team/run': { attributes: { 'gen_ai.operation.name': 'invoke_workflow' } },
      'planner/chat': says('chat', 'first read the file; assume nothing'),
      'coder/chat': says('chat', 'print(len(rows))'),
      'shell/run': says('execute_tool', 'exitcode: 0\n4'),
      'checker/chat': says('chat', 'the count is right'),
      'coder/answer': says('chat', '4'),
      ...said,
    },
  });
const rejected = says('execute_tool', 'exitcode: 1 (execution failed)\nKeyError: street');
const found = (runs: readonly Trace[]) => rows({ unlabelled: runs });
const rows = (drawing: DrawnCase) =>
  [...runSteps.detect(featuresOf(drawing))].map(({ kind, entity }) => `${kind} ${entity}`);

describe('the step at which a run first shows that it went wrong', () => {
  test('who wrote what a tool could not use, not the tool', () => {
    const incident = run({ 'shell/run': { ...rejected, status: 'error' } });
    expect(found(incident)).toEqual(['rejected-step operation:coder/chat']);
    const diagnosis = diagnosisOf({ unlabelled: incident });
    expect(namesOf(diagnosis)).toEqual(['coder wrong-step weak']);
    const [span] = incident[0]?.filter(({ name }) => name === 'chat').slice(1) ?? [];
    expect(diagnosis.causes[0]?.evidence[0]?.refs[0]).toMatchObject({ spanId: span?.spanId });
    expect(diagnosis.causes[0]?.missing.join()).toContain('judge');
    expect(diagnosis.verdict).toBe('no-clear-cause');
  });

  test('the earliest counts, and the words of the task are those of nobody', () => {
    const made = says('chat', 'I cannot access the file, so let us assume 4 rows');
    expect(found(run({ 'coder/chat': made, 'shell/run': rejected }))).toEqual([
      'unfounded-step operation:coder/chat',
    ]);
    expect(found(run({ 'checker/chat': made, 'shell/run': rejected }))).toEqual([
      'rejected-step operation:coder/chat',
    ]);
  });

  test('nothing shows: who took most steps, and that it needs a judge', () => {
    const incident = run();
    expect(found(incident)).toEqual(['most-steps operation:coder/chat']);
    const [cause] = diagnosisOf({ unlabelled: incident }).causes;
    expect(cause?.band).toBe('weak');
    expect(cause?.summary).toContain('needs a judge');
  });

  test('agents of one service go by their own names', () => {
    const named = (answer: string, agent: string): Partial<Span> => ({
      attributes: { ...says('chat', answer).attributes, 'gen_ai.agent.name': agent },
    });
    const incident = run({
      'coder/chat': named('a placeholder value for now', 'Coder'),
      'planner/chat': named('plan', 'Planner'),
    });
    expect(found(incident)).toEqual(['unfounded-step operation:Coder/chat']);
  });

  test('nothing is said of a single agent, of no agent, or where runs can be compared', () => {
    const alone = later('agent/ask [=====]\n  agent/chat [==]', 1, {
      set: { 'agent/ask': says('invoke_agent', 'done'), 'agent/chat': says('chat', 'assume 4') },
    });
    expect(found(alone)).toEqual([]);
    expect(found(later('web/GET [=====]\n  db/get [==]', 3))).toEqual([]);
    const compared = { baseline: earlier(picture, 9), incident: run({ 'shell/run': rejected }) };
    expect(rows(compared)).toEqual([]);
  });
});

test.each([
  ['exitcode: 1 (execution failed)', true],
  ['Process exited with code 2', true],
  ['Traceback (most recent call last):\n…', true],
  ['bash: foo: command not found', true],
  ['Invalid arguments for tool search', true],
  ['exitcode: 0 (execution succeeded)\n10', false],
  ['exit code 0', false],
  ['the error rate fell', false],
])('what a tool could not use: %s', (answer, expected) => {
  expect(isRejection(answer)).toBe(expected);
});

test.each([
  ['I cannot access the internet', true],
  ["I can't browse the site", true],
  ['Let us assume the table is sorted', true],
  ['here is mock data', true],
  ['I read the table; it is sorted', false],
  ['The access log holds 4 lines', false],
])('what is made up: %s', (answer, expected) => {
  expect(isUnfounded(answer)).toBe(expected);
});

test('a long answer is read at its begin and its end', () => {
  const long = `${'x'.repeat(50_000)} Traceback (most recent call last)`;
  const answer = answerOf({ 'gen_ai.tool.call.result': long });
  expect(answer?.length).toBeLessThan(20_100);
  expect(isRejection(answer ?? '')).toBe(true);
  expect(answerOf({})).toBeNull();
});

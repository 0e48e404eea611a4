/** What the drawn cases of agents and language models in `classes.ts` are made of. */
import type { Span } from '../src/model.ts';
import { type DrawnCase, earlier, later, type Many } from './case.ts';

/** An agent that asks a model through a gateway. */
interface Said {
  readonly model?: string;
  readonly prompt?: string;
  readonly input?: number;
  readonly output?: number;
  readonly end?: string;
}
function asked({
  model = 'x-0301',
  prompt = 'v1',
  input = 1_000,
  output = 100,
  end = 'stop',
}: Said) {
  const uneven = (tokens: number, at: number) =>
    Math.round(tokens * (0.95 + ((at * 7) % 11) / 110));
  return {
    vary: (span: Span, number: number): Span =>
      span.name !== 'chat'
        ? span
        : {
            ...span,
            attributes: {
              'gen_ai.operation.name': 'chat',
              'gen_ai.request.model': 'x',
              'gen_ai.response.model': model,
              'gen_ai.prompt.version': prompt,
              'gen_ai.usage.input_tokens': uneven(input, number),
              'gen_ai.usage.output_tokens': uneven(output, number),
              'gen_ai.response.finish_reasons': [end],
            },
          },
  };
}
export const asks = (agent = 'agent', gateway = 'gateway') => `
  web/GET            [==============]
    ${agent}/ask       [============]
      ${agent}/chat     [========]
        ${gateway}/POST  [======]
`;
export const asking = (said: Said, picture = asks()): DrawnCase => ({
  baseline: earlier(picture, 30, asked({})),
  incident: later(picture, 30, asked(said)),
});

const does = (operation: string): Partial<Span> => ({
  attributes: { 'gen_ai.operation.name': operation },
});
const agents = {
  'agent/ask': does('invoke_agent'),
  'agent/chat': does('chat'),
  'agent/tool': does('execute_tool'),
};
const turning = (turns: number): string =>
  [
    `agent/ask    [${'='.repeat(7 * turns - 1)}]`,
    ...Array.from({ length: turns }, (_, turn) => {
      const at = ' '.repeat(7 * turn);
      return `  agent/chat ${at}[==]\n  agent/tool ${at}   [===]`;
    }),
  ].join('\n');
export const turns = (count: number, requests = 25, replicas = 1): DrawnCase => {
  const rest: Partial<Many> = {
    set: agents,
    vary: (span, number) => ({ ...span, instance: `agent-${number % replicas}` }),
  };
  return {
    baseline: earlier(turning(2), 40, rest),
    incident: later(turning(count), requests, rest),
  };
};
/** A tool that asks cart, of which there are two replicas. */
const tool = (mark = '') => `
  agent/ask        [==============${mark}]
    agent/tool       [=======${mark}]
      agent>cart       [====${mark}]
        cart/get         [==${mark}]
`;
export const tools = (mark: string, count: number, statusMessage = '', replicas = 1): DrawnCase => {
  const rest: Partial<Many> = {
    set: { ...agents, 'agent>cart': { statusMessage }, 'cart/get': { statusMessage } },
    vary: (span, number) =>
      span.service === 'cart' ? { ...span, instance: `cart-${number % replicas}` } : span,
  };
  return { baseline: earlier(tool(), 40, rest), incident: later(tool(mark), count, rest) };
};

const told = (operation: string, answer: string): Partial<Span> => ({
  attributes: { 'gen_ai.operation.name': operation, 'output.value': answer },
});
export const team = later(
  `
  team/run        [==============================]
    planner/chat    [===]
    coder/chat          [===]
    shell/run               [==]
    coder/answer                   [===]
`,
  1,
  {
    set: {
      'team/run': { attributes: { 'gen_ai.operation.name': 'invoke_workflow' } },
      'planner/chat': told('chat', 'first read the file'),
      'coder/chat': told('chat', 'print(len(rows))'),
      'shell/run': told('execute_tool', 'exitcode: 1 (execution failed)\nKeyError: street'),
      'coder/answer': told('chat', '4'),
    },
  },
);

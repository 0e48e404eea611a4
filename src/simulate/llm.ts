/**
 * Calls of a language model through a proxy, as three generations of instrumentation write them.
 *
 * Physics: an answer begins after the prompt was read and comes token by token, so it takes
 * `ttftMs` + output tokens ÷ `tokensPerSecond`. Prompt and output share a context of limited size:
 * a prompt that does not fit is refused, an output that does not fit is cut (`finish_reason` length).
 * Names: OpenTelemetry GenAI conventions, OpenInference, OpenLLMetry.
 */
import { type Call, type Context, makeCall, type Operation } from './calls.ts';
import type { Task } from './clock.ts';
import type { Failure } from './failures.ts';
import type { Value } from './telemetry.ts';
import { closeSpan, openSpan, type Service, type World } from './world.ts';

export type LlmStyle = 'semconv' | 'openinference' | 'openllmetry';

export interface LanguageModel {
  readonly proxy: Service;
  /** Outside: known from its clients only. */
  readonly provider: Service;
  readonly style: LlmStyle;
  /** What is asked for, and what answers. */
  readonly requested: string;
  answering: string;
  ttftMs: number;
  tokensPerSecond: number;
  readonly contextTokens: number;
  outputTokens: number;
  /** Log-odds of a good answer to a grounded prompt. */
  skill: number;
}

export interface Answer {
  readonly failure: Failure | null;
  readonly isCut: boolean;
}

/** Asks the model with so many tokens. */
export function* chat(
  world: World,
  context: Context,
  model: LanguageModel,
  prompt: number,
  extra: Readonly<Record<string, Value>>,
): Task<Answer> {
  const { random } = world;
  const wanted = Math.round(random.lognormal(model.outputTokens, 0.5));
  const output = Math.max(1, Math.min(wanted, model.contextTokens - prompt));
  const isCut = output < wanted;
  const span = openSpan(world, context.request, context.instance, {
    name: `chat ${model.requested}`,
    kind: 1,
    parent: context.span,
    attributes: () => extra,
  });
  const refusal = prompt > model.contextTokens ? tooLong(model, prompt) : null;
  const failure = yield* makeCall(world, { ...context, span }, asked(model, output, refusal));
  if (context.request.recorded) {
    Object.assign(span.attributes, described(model, prompt, failure ? null : { output, isCut }));
  }
  closeSpan(world, span, failure);
  return { failure, isCut };
}

const tooLong = ({ contextTokens }: LanguageModel, prompt: number): Failure => ({
  kind: 'own',
  type: 'BadRequestError',
  message: `Error code: 400 - maximum context length is ${contextTokens} tokens, requested ${prompt}`,
  http: 400,
  grpc: 3,
});

/** Through the proxy to the provider. */
export function asked(model: LanguageModel, output: number, refusal: Failure | null): Call {
  const endpoint = { name: '/v1/chat/completions', method: 'POST' } as const;
  const workMs = refusal ? 40 : model.ttftMs + (1000 * output) / model.tokensPerSecond;
  const complete: Operation = { endpoint, workMs, sigma: 0.15, stages: [], refusal };
  const forward: Operation = {
    endpoint,
    workMs: 3,
    sigma: 0.4,
    stages: [[{ target: model.provider, operation: complete, timeoutMs: 30_000, retries: 0 }]],
  };
  return { target: model.proxy, operation: forward, timeoutMs: 35_000, retries: 1 };
}

function described(
  model: LanguageModel,
  prompt: number,
  result: { readonly output: number; readonly isCut: boolean } | null,
): Record<string, Value> {
  const output = result?.output ?? 0;
  const finish = result === null ? 'error' : result.isCut ? 'length' : 'stop';
  switch (model.style) {
    case 'semconv':
      return {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': model.requested,
        'gen_ai.usage.input_tokens': prompt,
        ...(result && {
          'gen_ai.response.model': model.answering,
          'gen_ai.usage.output_tokens': output,
          'gen_ai.response.finish_reasons': [finish],
        }),
      };
    case 'openinference':
      return {
        'openinference.span.kind': 'LLM',
        'llm.model_name': result ? model.answering : model.requested,
        'llm.token_count.prompt': prompt,
        'llm.token_count.completion': output,
        'llm.finish_reason': finish,
      };
    case 'openllmetry':
      return {
        'traceloop.span.kind': 'llm',
        'gen_ai.request.model': model.requested,
        'gen_ai.usage.prompt_tokens': prompt,
        'gen_ai.usage.completion_tokens': output,
        ...(result && { 'gen_ai.response.model': model.answering }),
        'gen_ai.completion.0.finish_reason': finish,
      };
  }
}

/**
 * What a request to a language model says of itself: who was asked and who answered, with which
 * prompt, how long both were, and how it ended. OpenTelemetry GenAI (current and deprecated names),
 * OpenInference, OpenLLMetry, Vercel AI.
 */
import type { Span } from '../model.ts';
import { failureTexts } from './failure.ts';
import { firstText } from './resource.ts';

const answering = [
  'gen_ai.response.model',
  'llm.response.model_name',
  'ai.response.model',
  'llm.model_name',
];
const prompts = [
  'gen_ai.prompt.version',
  'prompt.version',
  'llm.prompt_template.version',
  'langfuse.prompt.version',
  'ai.prompt.version',
];
const asked = [
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.prompt_tokens',
  'llm.token_count.prompt',
  'llm.usage.prompt_tokens',
  'ai.usage.promptTokens',
];
const answered = [
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.completion_tokens',
  'llm.token_count.completion',
  'llm.usage.completion_tokens',
  'ai.usage.completionTokens',
];
const ends = [
  'gen_ai.response.finish_reasons',
  'gen_ai.completion.0.finish_reason',
  'llm.finish_reason',
  'ai.response.finishReason',
];

/** Ends of an answer that was cut for its length, by the names of OpenAI, Anthropic and Gemini. */
const cut = /\b(length|max_tokens|model_length|model_context_window_exceeded)\b/i;
/** Refusals of a prompt for its length: OpenAI, Anthropic, Gemini, vLLM, llama.cpp. */
const tooLong =
  /context[ _]?(length|window|size)|maximum context|prompt is too long|too many (input )?tokens|input token count|exceed(s|ed)?\b.{0,40}\btokens?\b|tokens? (limit )?exceed/i;

export interface ModelCall {
  /** Snapshot that answered; null if nothing tells, or nothing was answered. */
  readonly model: string | null;
  readonly prompt: string | null;
  /** Tokens; null where not told. */
  readonly input: number | null;
  readonly output: number | null;
  /** The prompt or the answer did not fit. */
  readonly overflowed: boolean;
}

export function modelCallOf(span: Span): ModelCall {
  const { attributes } = span;
  const count = (names: readonly string[]): number | null => {
    const value = Number(firstText(attributes, names) ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  };
  const end = ends.map((name) => attributes[name]).find((value) => value !== undefined);
  const isCut = end !== undefined && cut.test(String(end).slice(0, 200));
  return {
    model: firstText(attributes, answering),
    prompt: firstText(attributes, prompts),
    input: count(asked),
    output: count(answered),
    overflowed: isCut || failureTexts(span).some((text) => tooLong.test(text.slice(0, 2_000))),
  };
}

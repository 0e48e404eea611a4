/**
 * What people and models said to each other: not shown on the terminal until it is asked for,
 * because whoever looks over a shoulder was not spoken to.
 */
import { plural } from '../text.ts';

/**
 * Attributes that hold messages, prompts, completions, documents, or arguments and results of
 * tools: names of OpenTelemetry GenAI of all generations, OpenInference, OpenLLMetry and the
 * Vercel AI SDK.
 */
const contents =
  /^(gen_ai\.(input\.messages|output\.messages|system_instructions|prompt(\.\d+\..*)?|completion(\.\d+\..*)?|tool\.call\.(arguments|result)|retrieval\.(documents|query\.text)|tool\.definitions)|llm\.(input_messages|output_messages|prompts|completions)(\..*)?|(input|output)\.value|retrieval\.documents(\..*)?|reranker\.(input|output)_documents(\..*)?|embedding\.embeddings(\..*)?|traceloop\.entity\.(input|output)|ai\.(prompt|response)(\.(messages|text|object|toolCalls))?|ai\.toolCall\.(args|result)|mlflow\.span(Inputs|Outputs)|message\.content)$/;

/** Events of OpenTelemetry GenAI, whose content stands in attributes of their own names. */
const contentInEvents = /^(content|body|message|arguments|gen_ai\.event\.content)$/;

/** Attributes with what was said taken out: how long it is stands in its place. */
export function discreet(
  attributes: Readonly<Record<string, unknown>>,
  event = '',
): Readonly<Record<string, unknown>> {
  const isMessage = event.startsWith('gen_ai.');
  const hidden = (key: string): boolean =>
    contents.test(key) || (isMessage && contentInEvents.test(key));
  if (!Object.keys(attributes).some(hidden)) return attributes;
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [
      key,
      hidden(key) ? `(${plural(lengthOf(value), 'character')} hidden, P shows)` : value,
    ]),
  );
}

const lengthOf = (value: unknown): number =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).length;

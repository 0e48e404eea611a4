/**
 * Where telemetry holds what people and models said to each other: names of OpenTelemetry GenAI of
 * all generations, OpenInference, OpenLLMetry and the Vercel AI SDK.
 */
import type { Log } from '../model.ts';
import { firstText } from './resource.ts';
import { eventNames } from './statement.ts';

/** Attributes that hold messages, prompts, completions, documents, or arguments and results of tools. */
const contents =
  /^(gen_ai\.(input\.messages|output\.messages|system_instructions|prompt(\.\d+\..*)?|completion(\.\d+\..*)?|tool\.call\.(arguments|result)|retrieval\.(documents|query\.text)|tool\.definitions)|llm\.(input_messages|output_messages|prompts|completions)(\..*)?|(input|output)\.value|retrieval\.documents(\..*)?|reranker\.(input|output)_documents(\..*)?|embedding\.embeddings(\..*)?|traceloop\.entity\.(input|output)|ai\.(prompt|response)(\.(messages|text|object|toolCalls))?|ai\.toolCall\.(args|result)|mlflow\.span(Inputs|Outputs)|message\.content)$/;

/** Attributes of events whose content stands under their own names. */
const contentInEvents = /^(content|body|message|arguments|gen_ai\.event\.content)$/;

/** How names of events begin whose body, or attributes, are messages. */
const contentEvents: readonly string[] = [
  'gen_ai.',
  'llm.content.',
  'llm.prompt',
  'llm.completion',
  'traceloop.entity.',
];

/** Keys that stand together in a message that is written as JSON, whoever wrote it. */
const messageKeys: readonly (readonly [string, string])[] = [
  ['role', 'content'],
  ['role', 'parts'],
  ['role', 'tool_calls'],
  ['prompt', 'completion'],
];

/** `saysContent` in SQL: 1 or 0. Takes the columns; without `name`, of records that have none of their own. */
export const contentCondition = (attributes: string, body: string, name?: string): string =>
  `(${[
    ...(name === undefined ? [] : contentEvents.map((begin) => `instr(${name}, '${begin}') = 1`)),
    ...contentEvents.map((begin) => `instr(${attributes}, '"event.name":"${begin}') > 0`),
    ...messageKeys.map(
      ([one, other]) =>
        `ltrim(substr(${body}, 1, 9)) GLOB '[[{]*' AND instr(${body}, '"${one}"') > 0 AND instr(${body}, '"${other}"') > 0`,
    ),
  ].join(' OR ')})`;

const isContentEvent = (name: string): boolean =>
  contentEvents.some((begin) => name.startsWith(begin));

/** Whether an attribute holds what was said; `event`: of an event or log record of that name. */
export const isContent = (key: string, event = ''): boolean =>
  contents.test(key) || (contentInEvents.test(key) && isContentEvent(event));

/** Name of the event that a log record is; empty: it has none. */
export const eventNameOf = ({
  eventName,
  attributes,
}: Pick<Log, 'eventName' | 'attributes'>): string =>
  eventName || (firstText(attributes, eventNames) ?? '');

/** Whether the body of a log record is what was said: by the name of its event, or by its keys. */
export function saysContent(log: Pick<Log, 'eventName' | 'attributes' | 'body'>): boolean {
  const event = eventNameOf(log);
  if (isContentEvent(event)) return log.body !== '' && log.body !== event;
  return (
    /^\s*[[{]/.test(log.body) &&
    messageKeys.some((keys) => keys.every((key) => log.body.includes(`"${key}"`)))
  );
}

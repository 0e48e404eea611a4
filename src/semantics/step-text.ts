/**
 * What the steps of an agent's run answered, and what their words say of the step: that a tool could
 * not use what it was given, or that a step stands on something made up. Words only: whether an
 * answer is right needs a judge.
 */
import type { Attributes } from '../model.ts';
import { firstText } from './resource.ts';

/** OpenTelemetry GenAI, OpenInference, OpenLLMetry (Traceloop), Vercel AI, MLflow. */
const answers = [
  'gen_ai.tool.call.result',
  'gen_ai.output.messages',
  'gen_ai.completion',
  'gen_ai.completion.0.content',
  'output.value',
  'llm.output_messages.0.message.content',
  'traceloop.entity.output',
  'ai.toolCall.result',
  'ai.response.text',
  'mlflow.spanOutputs',
];

/** An answer is read to this length: what went wrong is told early, or at its very end. */
const longest = 20_000;

/** Null if the span does not say what it answered. */
export function answerOf(attributes: Attributes): string | null {
  const text = firstText(attributes, answers);
  if (text === null || text.length <= longest) return text;
  return `${text.slice(0, longest / 2)}\n${text.slice(-longest / 2)}`;
}

/**
 * Interpreters, shells and checkers of arguments on what they were given: exit codes, uncaught
 * exceptions of Python, Node and the JVM, arguments that are not what the tool takes.
 */
const rejections =
  /\bexit(ed)?[ _-]?(code|status)?( with)?( code)?\W{0,2}[1-9]\d*\b|traceback \(most recent call last\)|\b(syntax|name|type|value|key|index|import|modulenotfound|attribute|zerodivision|filenotfound|reference|range)error\b|\bexecution failed\b|command not found|\b(invalid|missing|unknown|unexpected|unparsable|malformed) (tool )?(arguments?|parameters?|json|tool|function|input)\b|\barguments? (could not|cannot) be parsed\b/i;

/** Whether a tool says that it could not use what it was given. */
export const isRejection = (answer: string): boolean => rejections.test(answer);

/** Words by which models say that what follows is not found out but made up, or beyond them. */
const madeUp =
  /\b(simulat(e|es|ed|ing|ion)|hypothetical(ly)?|assum(e|es|ed|ing|ption|ptions)|placeholders?|mock(ed)?|dummy|fictional|made[- ]up|for illustration|as an ai|(can(no|['’])t|unable to|not able to|do(n['’]t| not) have) (directly )?(access|browse|open|perform|execute|retrieve))\b/i;

/** Whether a step says that it stands on an assumption, or that it could not do what it was to. */
export const isUnfounded = (answer: string): boolean => madeUp.test(answer);

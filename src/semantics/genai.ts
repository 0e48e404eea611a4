/**
 * What a span does in an agent's work, by the conventions there are: OpenTelemetry GenAI
 * (`gen_ai.operation.name`), OpenInference, OpenLLMetry and MLflow.
 */
import type { Attributes, Span } from '../model.ts';
import { operationNames } from './layer.ts';
import { firstText } from './resource.ts';

/** `model`: a request to a language model. `tool`: the run of one. */
type AgentStep = 'agent' | 'tool' | 'model';

const steps: readonly (readonly [RegExp, AgentStep])[] = [
  [/tool/i, 'tool'],
  [/agent|workflow|^chain$/i, 'agent'],
  [/^(chat|generate_content|text_completion|completion|llm|generation)/i, 'model'],
];

/** Some instrumentation names the tool and not the operation. */
const toolNames = ['gen_ai.tool.name', 'tool.name', 'tool_call.function.name'];

/** Null for a span that is none of an agent's, or says nothing of it. */
export function agentStepOf(attributes: Attributes): AgentStep | null {
  if (firstText(attributes, toolNames) !== null) return 'tool';
  const operation = firstText(attributes, operationNames);
  if (operation === null) return null;
  return steps.find(([pattern]) => pattern.test(operation))?.[1] ?? null;
}

const agentNames = ['gen_ai.agent.name', 'agent.name', 'llm.agent.name', 'crewai.agent.role'];

/** Who takes a step: the agent that it names, else its service. */
export const agentOf = ({ attributes, service }: Pick<Span, 'attributes' | 'service'>): string =>
  firstText(attributes, agentNames) ?? service;

/** Paths of the interfaces at which language models are asked: OpenAI's, Anthropic's, Gemini's, Ollama's. */
const inferencePaths =
  /\/(chat\/)?completions$|\/v1\/(messages|responses)$|:(stream)?generateContent$|\/api\/(chat|generate)$/i;
const pathNames = ['url.path', 'http.route', 'http.target', 'url.full', 'http.url'];

/** Names that tell a step of an agent, or that a model is asked. */
export const stepNames: readonly string[] = [...operationNames, ...toolNames, ...pathNames];

/** Whether a language model is asked, also where nothing but the path of the request says so. */
export function isInference({ attributes }: Pick<Span, 'attributes'>): boolean {
  if (agentStepOf(attributes) === 'model') return true;
  return inferencePaths.test((firstText(attributes, pathNames) ?? '').replace(/[?#].*$/, ''));
}

/**
 * An agent: it searches, asks a language model, runs the tools that it asks for, and goes on until
 * it has an answer.
 *
 *     assistant   invoke_agent   [------------------------------------------------]
 *                 retrieve         [--]
 *                 chat                 [--------]
 *                 execute_tool                    [---]
 *                 chat                                 [----------]
 *
 * Assumptions: tools are wanted in 45 % of turns; an agent whose prompt has no useful document stops
 * half as often and searches again; a tool that failed is tried once more. Whether the answer is good
 * is drawn from the model's skill, less what was missing, and known to an evaluator for a share.
 */
import { type Call, type Context, makeCall, type Operation } from './calls.ts';
import type { Task } from './clock.ts';
import { carried, type Failure } from './failures.ts';
import { asked, chat, type LanguageModel } from './llm.ts';
import { chanceOf } from './prediction.ts';
import { usefulScore } from './retrieval.ts';
import {
  closeSpan,
  gauge,
  openSpan,
  recordPoint,
  type Service,
  type World,
  writeLog,
} from './world.ts';

interface Tool {
  readonly name: string;
  readonly call: Call;
}

export interface Assistant {
  readonly service: Service;
  readonly model: LanguageModel;
  readonly tools: readonly Tool[];
  readonly find: Call;
  promptVersion: string;
  /** Log-odds that the prompt costs. */
  promptCost: number;
  /** Tokens of the conversation so far that go along. */
  historyTokens: number;
  /** Chance to stop after a turn. */
  stopChance: number;
  mostTurns: number;
  /** Whether it asks on as long as no document is of use. */
  isInsistent: boolean;
  readonly scoreMetric: string;
  /** Of the answers evaluated last, oldest first. */
  readonly scores: number[];
}

const toolShare = 0.45;
const [promptTokens, tokensPerDocument, tokensPerTurn] = [900, 220, 300];
const [costOfNoDocument, costOfCut] = [2.2, 1.5];
const evaluatedShare = 0.5;
const remembered = 40;

export const agentOperation = (world: World, assistant: Assistant, path: string): Operation => ({
  endpoint: { name: path, method: 'POST' },
  workMs: 5,
  sigma: 0.5,
  stages: [],
  mayCall: [
    assistant.find,
    ...assistant.tools.map(({ call }) => call),
    asked(assistant.model, 0, null),
  ],
  body: (context) => converse(world, assistant, context),
});

interface Conversation {
  turns: number;
  tokens: number;
  isGrounded: boolean;
  isCut: boolean;
}

function* converse(world: World, assistant: Assistant, context: Context): Task<Failure | null> {
  const { random } = world;
  const talk: Conversation = {
    turns: 0,
    tokens: Math.round(random.lognormal(promptTokens + assistant.historyTokens, 0.25)),
    isGrounded: false,
    isCut: false,
  };
  do {
    talk.turns += 1;
    const failure = yield* turn(world, assistant, context, talk);
    if (failure) return failure;
  } while (talk.turns < assistant.mostTurns && !random.chance(stops(assistant, talk)));
  if (context.span) context.span.attributes['agent.turns'] = talk.turns;
  evaluate(world, assistant, talk);
  return null;
}

function stops({ stopChance, isInsistent }: Assistant, { isGrounded }: Conversation): number {
  if (isGrounded) return stopChance;
  return isInsistent ? stopChance / 8 : stopChance / 2;
}

function* turn(
  world: World,
  assistant: Assistant,
  context: Context,
  talk: Conversation,
): Task<Failure | null> {
  const { random } = world;
  if (!talk.isGrounded) {
    const failure = yield* makeCall(world, context, assistant.find);
    const { documents, topScore } = context.request;
    talk.isGrounded = failure === null && documents > 0 && topScore >= usefulScore;
    talk.tokens += failure ? 0 : documents * tokensPerDocument;
  }
  const prompt = { 'prompt.version': assistant.promptVersion };
  const { failure, isCut } = yield* chat(world, context, assistant.model, talk.tokens, prompt);
  if (failure) return carried('chat', failure);
  talk.isCut ||= isCut;
  talk.tokens += tokensPerTurn;
  if (random.chance(toolShare)) yield* runTool(world, assistant, context, talk);
  return null;
}

function* runTool(
  world: World,
  { tools, service }: Assistant,
  context: Context,
  talk: Conversation,
): Task {
  const tool = world.random.pick(tools);
  for (let tries = 0; tries < 2; tries += 1) {
    const span = openSpan(world, context.request, context.instance, {
      name: `execute_tool ${tool.name}`,
      kind: 1,
      parent: context.span,
      attributes: () => ({ 'gen_ai.tool.name': tool.name }),
    });
    const failure = yield* makeCall(world, { ...context, span }, tool.call);
    closeSpan(world, span, failure);
    talk.tokens += tokensPerTurn;
    if (!failure) return;
    const body = `tool ${tool.name} failed in ${service.name}: ${failure.message}`;
    writeLog(world, context.instance, { severity: 'WARN', body, span });
  }
}

function evaluate(world: World, assistant: Assistant, talk: Conversation): void {
  const { random } = world;
  if (!random.chance(evaluatedShare)) return;
  const cost =
    assistant.promptCost + (talk.isGrounded ? 0 : costOfNoDocument) + (talk.isCut ? costOfCut : 0);
  assistant.scores.push(chanceOf(random.normal(assistant.model.skill - cost, 0.7)));
  if (assistant.scores.length > remembered) assistant.scores.shift();
}

const reportEveryMs = 15_000;
const leastScores = 5;

export function* reportScores(world: World, assistant: Assistant): Task {
  for (;;) {
    yield reportEveryMs;
    const [instance] = assistant.service.instances;
    const { scores } = assistant;
    if (!instance || scores.length < leastScores) continue;
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    recordPoint(world, instance, {
      metric: assistant.scoreMetric,
      unit: '1',
      attributes: { 'gen_ai.request.model': assistant.model.requested },
      reading: gauge(Number(mean.toFixed(4))),
    });
  }
}

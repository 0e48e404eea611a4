/** What spans of agents and of training runs say of themselves, for who looks at one trace. */
import type { Span } from '../model.ts';
import {
  agentOf,
  agentStepOf,
  componentOf,
  firstText,
  modelCallOf,
  rankOf,
} from '../semantics/index.ts';

export interface AiStep {
  readonly kind: 'agent' | 'model' | 'tool' | 'retrieval';
  /** Who takes it: an agent, else a service. */
  readonly who: string;
  /** Model that answered; null: none, or not told. */
  readonly model: string | null;
  /** Tokens; null where not told. */
  readonly input: number | null;
  readonly output: number | null;
  /** As it was recorded, in US dollars as is the custom; null where not told. */
  readonly cost: number | null;
}

/** OpenLIT and Langfuse; OpenInference. */
const costs = ['gen_ai.usage.cost', 'llm.cost.total'];

/** Null for a span that is no step of an agent's work. */
export function aiStepOf(span: Span): AiStep | null {
  const { attributes } = span;
  const step = agentStepOf(attributes);
  const kind = step ?? (componentOf(span) === 'retrieval' ? 'retrieval' : null);
  if (kind === null) return null;
  const { model, input, output } = modelCallOf(span);
  const cost = Number(firstText(attributes, costs) ?? Number.NaN);
  return {
    kind,
    who: agentOf(span),
    model,
    input,
    output,
    cost: Number.isFinite(cost) ? cost : null,
  };
}

/** No convention names the step of a training run: the spellings in use. */
const stepNames = ['step', 'training.step', 'train.step', 'global_step', 'trainer.global_step'];

/** Which process of a training run did it, and in which step; null outside one. */
export function trainingPlaceOf(
  span: Span,
): { readonly rank: string; readonly step: string | null } | null {
  const rank = rankOf(span.resource, span.attributes);
  return rank === null ? null : { rank, step: firstText(span.attributes, stepNames) };
}

/** A diagnosis as Markdown, for a pull request, an issue or a postmortem. */
import type { Cause, CitedEvidence, Diagnosis } from '../model.ts';
import { sanitise } from '../text.ts';
import { markdownText as safe } from './markdown-text.ts';
import { partsOf } from './parts.ts';
import { exemplarText, referenceTexts } from './references.ts';
import {
  delayText,
  explainedText,
  headline,
  impactText,
  regimes,
  ruledOutText,
} from './wording.ts';

export function causesMarkdown(diagnosis: Diagnosis): string {
  const { causes, windows, regime, onset, ruledOut } = diagnosis;
  const [first] = causes;
  const windowText = (window: { from: string; to: string } | null): string =>
    window ? `${window.from} to ${window.to}` : 'none';
  const lines = [
    `## ${capital(safe(headline(diagnosis)))}`,
    '',
    ...(first ? [`> ${safe(first.summary)}`, ''] : []),
    `- Impact: ${safe(impactText(diagnosis))}`,
    `- Onset: ${onset ?? 'unknown'}`,
    `- Incident: ${windowText(windows.incident)}`,
    `- Baseline: ${windowText(windows.baseline)}`,
    `- Compared: ${regimes[regime]}`,
    '',
    ...ranking(causes),
    ...causes.slice(0, 1).flatMap((cause) => details(cause, diagnosis.impact)),
  ];
  const out = ruledOut.map((one) => `- ${safe(one.service)}: ${safe(ruledOutText(one, causes))}`);
  return `${[...lines, ...(out.length > 0 ? ['### Ruled out', '', ...out, ''] : [])].join('\n')}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function ranking(causes: readonly Cause[]): readonly string[] {
  if (causes.length === 0) return [];
  return [
    '| # | service | layer | class | score | confidence | band |',
    '|--:|---|---|---|--:|--:|---|',
    ...causes.map(
      ({ rank, service, layer, faultClass, score, confidence, band }) =>
        `| ${rank} | ${safe(service)} | ${layer} | ${faultClass} | ${score.toFixed(3)} | ${confidence.toFixed(3)} | ${band} |`,
    ),
    '',
  ];
}

function details(cause: Cause, impact: Diagnosis['impact']): readonly string[] {
  const weights = partsOf(
    cause.score,
    cause.evidence.map(({ weight }) => weight),
  );
  const example = exemplarText(cause.exemplars);
  const explained = explainedText(cause.explains, impact);
  return [
    `### Why ${safe(cause.service)}`,
    '',
    ...cause.evidence.map((evidence, at) => evidenceLine(evidence, weights[at] ?? '')),
    ...(explained === '' ? [] : [`- Explains ${explained}`]),
    ...cause.missing.map((what) => `- ? missing: ${safe(what)}`),
    '',
    ...cause.path.map(({ from, to, delayMs }) => {
      return `- Path: ${safe(from)} → ${safe(to)}${delayText(delayMs)}`;
    }),
    ...(example === '' ? [] : [`- Example: ${example}`]),
    ...(cause.path.length > 0 || example !== '' ? [''] : []),
    ...fenced(cause.nextChecks),
  ];
}

function evidenceLine({ direction, summary, refs }: CitedEvidence, weight: string): string {
  const mark = direction === 'supports' ? '✓' : '✗';
  const open = referenceTexts(refs).map(safe).join(' · ');
  return `- ${mark} ${weight} ${safe(summary)} (${open})`;
}

/** A fence longer than any run of backticks inside it, so that no command can close it. */
function fenced(commands: readonly string[]): readonly string[] {
  if (commands.length === 0) return [];
  const lines = commands.map((command) => sanitise(command));
  const longest = Math.max(0, ...(lines.join('\n').match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [`${fence}sh`, ...lines, fence, ''];
}

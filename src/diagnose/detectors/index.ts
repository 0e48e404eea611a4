import type { Detector } from '../detector.ts';
import { absoluteSigns } from './absolute-signs.ts';
import { agentTurns } from './agent-turns.ts';
import { attributeContrast } from './attribute-contrast.ts';
import { carriedFailures } from './carried-failures.ts';
import { errorOrigin } from './error-origin.ts';
import { eventTransitions } from './event-transitions.ts';
import { exceptionMix } from './exception-mix.ts';
import { latency } from './latency.ts';
import { load } from './load.ts';
import { localLatency } from './local-latency.ts';
import { logTemplates } from './log-templates.ts';
import { missingCalls } from './missing-calls.ts';
import { modelCalls } from './model-calls.ts';
import { movedValues } from './moved-values.ts';
import { retransmissions } from './retransmissions.ts';
import { retries } from './retries.ts';
import { runSteps } from './run-steps.ts';
import { saturation } from './saturation.ts';
import { silence } from './silence.ts';
import { slowPeer } from './slow-peer.ts';
import { versionContrast } from './version-contrast.ts';

/** Every detector. To add one: write its file, add it here, add a labelled sample. */
export const detectors: readonly Detector[] = [
  absoluteSigns,
  agentTurns,
  attributeContrast,
  carriedFailures,
  errorOrigin,
  eventTransitions,
  exceptionMix,
  latency,
  load,
  localLatency,
  logTemplates,
  missingCalls,
  modelCalls,
  movedValues,
  retransmissions,
  retries,
  runSteps,
  saturation,
  silence,
  slowPeer,
  versionContrast,
];

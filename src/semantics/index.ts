/** Canonical fields of spans, logs and metrics, whatever generation of names they carry. */
export { isCollective } from './collective.ts';
export { type Component, componentOf } from './component.ts';
export { contentCondition, eventNameOf, isContent, saysContent } from './content.ts';
export { contentLayer, type DeclaredKind, declaredKind, driftMeasure } from './distribution.ts';
export {
  errorSignature,
  type FailureKind,
  failed,
  failureCodes,
  failureOf,
  failureTexts,
  fatalEventIn,
  isSchemaFailure,
} from './failure.ts';
export { agentOf, agentStepOf, isInference } from './genai.ts';
export { layerNames, layerOf } from './layer.ts';
export { type Mapping, renamer } from './mapping.ts';
export { type ModelCall, modelCallOf } from './model-call.ts';
export { modelOf, versionOf } from './model-version.ts';
export { peerOf } from './peer.ts';
export { isChangeable, type Place, placesOf } from './place.ts';
export { firstText, hostOf, instanceOf, rankOf, serviceOf, userOf } from './resource.ts';
export { type Signal, type SignalKind, signalOf } from './signal.ts';
export { placeOf, tellsPlace } from './statement.ts';
export { answerOf, isRejection, isUnfounded } from './step-text.ts';
export { isStorageCall } from './storage.ts';
export { isTelling, setsApart, toldBy } from './telling.ts';
export { type UsageKind, usageOf } from './usage.ts';

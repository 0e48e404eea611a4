/** Canonical fields of spans, logs and metrics, whatever generation of names they carry. */
export { errorSignature, type FailureKind, failed, failureOf, failureTexts } from './failure.ts';
export { layerOf, tellsLayer } from './layer.ts';
export { type ModelVersion, modelOf, versionOf } from './model-version.ts';
export { peerOf } from './peer.ts';
export { firstText, instanceOf, rankOf, serviceOf, userOf } from './resource.ts';
export { type Signal, type SignalKind, signalOf } from './signal.ts';

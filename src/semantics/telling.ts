/** Attributes of spans that analysis reads of every span, not only of those it looks at closely. */
import type { AttributeValue } from '../model.ts';
import { failureCodes } from './failure.ts';
import { layerNames } from './layer.ts';
import { modelNames, versionNames } from './model-version.ts';
import { peerNames } from './peer.ts';
import { rankNames, userNames } from './resource.ts';
import { signalOf } from './signal.ts';

const names: ReadonlySet<string> = new Set([
  ...failureCodes,
  ...layerNames,
  ...modelNames,
  ...versionNames,
  ...peerNames,
  ...rankNames,
  ...userNames,
]);

/** Whether an attribute of this name may change what is found in all spans together. */
export const isTelling = (name: string): boolean => names.has(name) || signalOf(name) !== null;

/** What is read of such a value: of an address the host alone. */
export function toldBy(name: string, value: AttributeValue): AttributeValue {
  if (typeof value !== 'string' || !/\burl\b/.test(name)) return value;
  return /^[^/?#]*\/\/[^/?#]*/.exec(value)?.[0] ?? value;
}

/** Attributes of spans that analysis reads of every span, not only of those it looks at closely. */
import type { AttributeValue } from '../model.ts';
import { collectiveName } from './collective.ts';
import { failureCodes } from './failure.ts';
import { stepNames } from './genai.ts';
import { layerNames } from './layer.ts';
import { modelNames, versionNames } from './model-version.ts';
import { peerNames } from './peer.ts';
import { isPlaceName } from './place.ts';
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

const setting: ReadonlySet<string> = new Set([...stepNames, collectiveName]);

/** Names are few, but who writes them may be careless. */
const mostNames = 10_000;
const known = new Map<string, boolean>();

/**
 * Whether an attribute of this name may set a span apart from others that are alike but for it. What
 * `ofAlike` finds for all of them at once rests on no other attribute.
 */
export function setsApart(name: string): boolean {
  let does = known.get(name);
  if (does === undefined) {
    does = isTelling(name) || setting.has(name) || isPlaceName(name);
    if (known.size >= mostNames) known.clear();
    known.set(name, does);
  }
  return does;
}

/** What is read of such a value: of an address the host alone. */
export function toldBy(name: string, value: AttributeValue): AttributeValue {
  if (typeof value !== 'string' || !/\burl\b/.test(name)) return value;
  return /^[^/?#]*\/\/[^/?#]*/.exec(value)?.[0] ?? value;
}

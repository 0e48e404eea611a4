/** Simple rules from the literature, on what aidebug's own detectors read: what they are worth. */
import type { Features } from '../../model.ts';
import type { Scored } from '../measures.ts';
import { baro } from './baro.ts';
import { deepestError } from './deepest-error.ts';
import { microrank } from './microrank.ts';
import { ochiai } from './ochiai.ts';
import { selfTime } from './self-time.ts';

export interface Method {
  readonly name: string;
  /** Services with their scores, in no order; a service without a sign may be left out. */
  score(features: Features): readonly Scored[];
}

/** Every method besides aidebug. To add one: write its file, add it here. */
export const methods: readonly Method[] = [baro, ochiai, microrank, deepestError, selfTime];

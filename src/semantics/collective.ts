/** Operations in which the processes of a job wait for one another. */
import type { Span } from '../model.ts';

/** Names of collectives in MPI, NCCL and torch.distributed. */
const names =
  /(^|[^a-z])(all[_\- ]?(reduce|gather|to[_\- ]?all)|reduce[_\- ]?scatter|broadcast|barrier|rendezvous)([^a-z]|$)/i;

export const collectiveName = 'collective.operation';

/** Whether the time of the span is time until the last of its peers came: nobody's own. */
export const isCollective = ({ name, attributes }: Pick<Span, 'name' | 'attributes'>): boolean =>
  names.test(name) || collectiveName in attributes;

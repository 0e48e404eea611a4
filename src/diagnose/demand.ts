/**
 * Whether a service still has something to do: it is asked about as often as before, or its callers
 * do as often what makes them ask it.
 *
 *     minute             0 1 2 3   10 11 12 13
 *     shop/GET           9 8 9 9    9  8  9  9     calls cart every time: cart is asked
 *     cart/Get           9 8 9 9    9  .  .  .
 */
import { ofTwo } from '../grouping.ts';
import type { Features, OperationFeature, Window } from '../model.ts';
import type { Source } from './sources.ts';

/** Half as often as before is still about as often; less is less traffic. */
const half = 0.5;

const minute = 60e9;

type Demand = (of: Pick<Source, 'service' | 'instance' | 'signal'>, during: Window) => boolean;

/** True where the case has no traces: then nothing is known to follow traffic. */
export function demandIn({ operations, calls, plan }: Features): Demand {
  const before = plan.baseline ?? plan.incident;
  const share = (
    of: readonly { readonly operation: OperationFeature; readonly rate: number }[],
    during: Window,
  ): number | null => {
    const ofMinute = (window: Window): number =>
      of.reduce((sum, { operation, rate }) => sum + rate * countIn(operation, window), 0) /
      minutesIn(window);
    const usual = ofMinute(before);
    return usual > 0 && minutesIn(during) > 0 ? ofMinute(during) / usual : null;
  };
  const named = ofTwo((service, name) =>
    operations.filter(({ source, operation }) => source.service === service && operation === name),
  );
  return ({ service, instance, signal }, during) => {
    if (operations.length === 0) return true;
    if (minutesIn(during) === 0) return false;
    const own = operations.filter(
      ({ source }) =>
        source.service === service && (signal !== 'spans' || source.instance !== instance),
    );
    const asking = calls
      .filter(({ child, parent }) => child.service === service && parent.service !== service)
      .flatMap(({ parent, baseline }) => {
        const rate = baseline.parents === 0 ? 0 : baseline.withCall / baseline.parents;
        return named(parent.service, parent.operation).map((operation) => ({ operation, rate }));
      });
    const shares = [share(own.map(once), during), share(asking, during)];
    const known = shares.filter((one) => one !== null);
    // It takes no part in requests: what goes on at all is then the best that is known.
    if (known.length === 0) known.push(share(operations.map(once), during) ?? 1);
    return Math.max(...known) >= half;
  };
}

const once = (operation: OperationFeature) => ({ operation, rate: 1 });

/** Spans of the minutes that lie in the window for the most part. */
const countIn = ({ minutes }: OperationFeature, window: Window): number =>
  minutes.reduce((sum, one) => sum + (isWithin(one.minute, window) ? one.count : 0), 0);

const isWithin = (start: number, { from, to }: Window): boolean =>
  start + minute / 2 >= from && start + minute / 2 <= to;

/** Number of such minutes. */
const minutesIn = ({ from, to }: Window): number =>
  Math.max(0, Math.floor(to / minute - 0.5) - Math.ceil(from / minute - 0.5) + 1);

/**
 * Packets between two services. Assumptions: a hop within a data centre is lognormal around 0.35 ms;
 * a lost packet is sent again after TCP's least time-out of 200 ms (Linux TCP_RTO_MIN), which then
 * doubles (RFC 6298).
 */
import type { Service, World } from './world.ts';

const hopMs = 0.35;
const firstTimeoutMs = 200;
const mostTries = 5;

/** Time that a message takes from one to the other, ms. */
export function hop({ random }: World, from: Service, to: Service): number {
  let ms = random.lognormal(hopMs, 0.3);
  const delay = from.network.delayMs + to.network.delayMs;
  if (delay > 0) ms += random.lognormal(delay, 0.2);
  const loss = 1 - (1 - from.network.loss) * (1 - to.network.loss);
  let timeout = firstTimeoutMs;
  for (let tries = 0; loss > 0 && tries < mostTries && random.chance(loss); tries += 1) {
    ms += timeout;
    timeout *= 2;
  }
  return ms;
}

/** Faults of processes: they are not to be reached, or crash. */
import { restart, stop } from '../estate.ts';
import { type Fault, geometric, linear, meeting, neededBehind, truthOf } from './plan.ts';

const infrastructure = 'infrastructure' as const;

/** Share of attempts to connect that are refused; from intensity 0.8 on, all. */
const refusedShare = (intensity: number): number => Math.min(1, linear(intensity, 0.2, 1.2));

/**
 * Of its processes as many stop as the share of refused attempts says, rounded down, and with the
 * last of them it says nothing more; callers still try all addresses, and where a process is left,
 * its port turns the rest of that share away. By seed the name goes with the last process.
 */
const serviceUnreachable: Fault = {
  name: 'service-unreachable',
  layer: infrastructure,
  summary: 'a service that several others call is not to be reached; callers are refused',
  range: 'a fifth of attempts to connect … all, from 0.8 on',
  onset: 'sudden',
  system: 'inference',
  plan(system, { random, intensity }) {
    const several = neededBehind(system, 2);
    const target = random.pick(several.length > 0 ? several : neededBehind(system));
    const refused = refusedShare(intensity);
    const count = Math.floor(refused * target.instances.length);
    const nameGoesToo = random.chance(0.4);
    return {
      truth: truthOf(system, target, { layer: infrastructure, fault_class: this.name }),
      ...meeting(target, refused, () => {
        stop(target, count);
        target.refused = refused;
        if (nameGoesToo && count === target.instances.length) target.registered = 0;
      }),
    };
  },
};

const downMs = [5_000, 12_000] as const;

/** It dies, is started again, and dies again. */
const processCrash: Fault = {
  name: 'process-crash',
  layer: infrastructure,
  summary: 'the processes of a service crash and are started again, over and over',
  range: 'every 80 s … every 18 s',
  onset: 'sudden',
  system: 'inference',
  plan(system, { random, intensity }) {
    const target = random.pick(neededBehind(system));
    const everyMs = geometric(intensity, 80_000, 18_000);
    const { clock, random: chance } = system.world;
    const crash = (): void => {
      const alive = target.instances.filter(({ up }) => up);
      if (alive.length > 0) restart(system.world, chance.pick(alive), chance.between(...downMs));
      clock.at(clock.now() + everyMs * chance.lognormal(1, 0.2), crash);
    };
    // A crash spoils what is being worked on, and what comes while no process is there.
    const down = Math.min(0.9, downMs[1] / everyMs) / target.instances.length;
    return {
      truth: truthOf(system, target, { layer: infrastructure, fault_class: this.name }),
      ...meeting(target, down, crash),
    };
  },
};

export const processFaults: readonly Fault[] = [serviceUnreachable, processCrash];

/** How the study is made, in words: what its document says of it. */
import { grouped } from '../../grouping.ts';
import { faultyMinutes, settleMinutes } from './case.ts';
import { failureTypes } from './cases.ts';
import { table } from './cells.ts';
import { healthyMinutes, limits } from './detection.ts';
import { monitorRules } from './monitor.ts';
import { checkMinutes, repairs } from './operator.ts';

/** Of the classes that are there. */
export function method({
  outcomes,
}: {
  readonly outcomes: readonly { readonly faultClass: string }[];
}): string {
  return [systems(), watch(), monitor(), operator(outcomes), assumptions()].join('\n');
}

const systems = (): string => `
## How it is made

**Systems.** \`aidebug simulate\` runs a discrete-event model of an inference platform, alone or joined with training, of 5 to 40 services
([simulator.md](simulator.md)), recorded without a gap: ${healthyMinutes} healthy minutes, then ${faultyMinutes} of the fault. ${failureTypes
  .map(({ name, classes }) => `*${name}* is ${classes.map((one) => `\`${one}\``).join(', ')}`)
  .join('; ')}. Its telemetry goes through OTLP files and \`aidebug import\`, like any dump.
`;

const watch = (): string => `
**The watch** (with observability). The first ${healthyMinutes} minutes of a series tell what is usual. At the end of each later minute the last
two and the last five minutes of it are held against them, in the direction that is bad only; nothing later is
read. Series: share of failed spans and log durations of each operation of each service, numbers on spans that are
signals, warnings and errors of each service, and metrics of known meaning. Surprise is -log10 of the chance of as much, or more, in
healthy minutes: by binomial tails for shares, for long tails of durations and for counts of log records; for means by Student's t, over the minutes
and over what was seen in them, of which the less surprising counts. So a series that is seen seldom must go further than one
that is known well; an age must go beyond twice its mean. It is an alarm above ${limits.share} (shares), ${limits.tail} (tails), ${limits.count} (counts of log records), ${limits.time} (times),
${limits.value} (other values) and ${limits.gauge} (gauges, which may be moving averages: five minutes only, and a deviation that allows for it). These limits are what is
passed once in 2,000 healthy hours of each kind, which is once in a fortnight of all six, by Gumbel's distribution through the highest of
84 hours whose seeds the study does not use (\`npm run limits\`); no fault was looked at for them.
`;

const monitor = (): string => `
**Threshold alarms** (without observability, and there as well with it). What a common monitor has, after the collection *awesome-prometheus-alerts*
(rules for HAProxy, containers, hosts, Kubernetes):

${monitorRules.map((rule) => `- ${rule}`).join('\n')}

What fires in the healthy minutes already is silenced.
`;

function operator(outcomes: readonly { readonly faultClass: string }[]): string {
  const there = new Set(outcomes.map(({ faultClass }) => faultClass));
  const known = Object.entries(repairs).filter(([name]) => there.has(name));
  const rows = [...grouped(known, ([, repair]) => repair)].map(([{ minutes, why }, all]) => [
    all.map(([name]) => name).join(', '),
    why,
    String(minutes),
  ]);
  return `
**The operator** is the same in both arms. After the alarm suspects are checked one after the other, ${checkMinutes} minutes each, until it is
a service at fault (or one that the label accepts as well). Without observability: all services in random order, each next one
drawn in proportion to its share of the failed requests of the last five minutes; the expected number is computed,
not drawn. With it: ${settleMinutes} minutes are waited for, what has come in by then is imported, and services are checked in the order of
\`aidebug causes\`; who is not listed comes after them in random order. Then the repair:

${table(['class', 'why', 'minutes'], rows, 2)}`;
}

const assumptions = (): string => `
**Assumptions.**

- Who is not alarmed notices when the recording ends, ${faultyMinutes} minutes after the healthy ones. In reality faults of data and models go unnoticed for
  longer; *Sensitivity* has what follows if users complain earlier.
- Without observability the failed requests of each service are known, and whether it runs, but not who called whom or why.
- The arm of IT metrics knows which services call which, and the requests, failures and durations of each route of each service; it has no
  span and no log.
- One incident a day, for uptime: about what makes the published detection and repair times without observability (42 and 85 minutes) and
  the published 91 % agree (127 minutes of a day are 8.8 %).
- Lost to users is a request from outside that failed or took more than twice the 95th percentile of its route, and of the rest the part
  by which the reported accuracy is below that of the healthy minutes. A minute that is worse by chance counts as loss, in both arms alike.
- A check always tells whether a suspect is at fault, and a repair always works.
- Retries: three attempts, pauses up to 50 and 100 ms. The model that stands in needs no features and is 0.6 in
  log-odds worse. A version is taken back, or the plainer model put in, once accuracy is 8 points below the usual.
`;

/** Runs the cases it is sent. */
import { workerData } from 'node:worker_threads';
import { answerEach } from '../threads.ts';
import { type CaseOptions, runCase } from './case.ts';
import type { LabelledCase } from './label.ts';

answerEach((one: LabelledCase) => runCase(one, workerData as CaseOptions));

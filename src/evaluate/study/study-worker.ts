/** Runs the cases and the healthy hours it is sent. */
import { workerData } from 'node:worker_threads';
import { answerEach } from '../../threads.ts';
import { type Work, workAndKeep } from './work.ts';

answerEach((one: Work) => workAndKeep(one, workerData as string | null));

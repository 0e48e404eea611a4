/** protobufjs' decoding of each message, nothing else: `node decode.js traces|logs DUMP`. */
import { frames } from '../files.js';
import { decodedLogs, decodedTraces } from '../protobuf.js';
import { reportTime } from '../report.js';

const [signal, dump] = process.argv.slice(2);
const decode = signal === 'traces' ? decodedTraces : decodedLogs;
await reportTime(() => {
  for (const message of frames(dump)) decode(message);
});

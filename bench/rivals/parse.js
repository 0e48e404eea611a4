/** JSON.parse of each line, nothing else: `node parse.js DUMP`. */
import { lines } from '../files.js';
import { reportTime } from '../report.js';

const [dump] = process.argv.slice(2);
await reportTime(() => {
  for (const line of lines(dump)) JSON.parse(line.toString());
});

import { fileSource, openDump } from '/work/main/dist/import/index.js';
for (let i=0;i<2;i++){
const t=Date.now();
const d=await openDump(await fileSource('/tmp/b/1m/traces.jsonl'));
let n=0;for await (const b of d.batches){n+=b.spans.count}
console.log(n,Date.now()-t, d.sha256().slice(0,8), Math.round(process.memoryUsage().rss/1e6));
}

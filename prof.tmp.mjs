import Database from 'better-sqlite3';
import { treesIn } from '/work/main/dist/store/sqlite/trees.js';
import { extentOf } from '/work/main/dist/store/sqlite/extent.js';
import { serviceGraphBuilder, skewEstimator, selfTimes, addToHistogram } from '/work/main/dist/graph/index.js';
import { callsOf } from '/work/main/dist/graph/calls.js';
import { linkEdges } from '/work/main/dist/graph/links.js';
import { edgeTallies } from '/work/main/dist/graph/tally.js';
import { peerOf, layerOf } from '/work/main/dist/semantics/index.js';
import { summariseTrace, featureBuilder, planComparison } from '/work/main/dist/features/index.js';
import { aggregates } from '/work/main/dist/store/sqlite/aggregates.js';
import { openStore } from '/work/main/dist/store/index.js';
const file=process.argv[2]??'/tmp/b/c1.db';
const db = new Database(file, {readonly:true});
const T=(n,f)=>{const t=process.hrtime.bigint();const r=f();console.log(n.padEnd(14),(Number(process.hrtime.bigint()-t)/1e9).toFixed(3));return r};
const ex=extentOf(db);
T('read',()=>{let n=0;for(const t of treesIn(db,ex))n++;return n});
const trees=T('readkeep',()=>[...treesIn(db,ex)].map(t=>t.tree));
for (let i=0;i<2;i++){
T('graph',()=>{const g=serviceGraphBuilder(peerOf);for(const t of trees)g.add(t);return g.finish()});
T(' calls',()=>{for(const t of trees)callsOf(t,peerOf)});
T(' links',()=>{const e=edgeTallies();const l=linkEdges(e);for(const t of trees)l.add(t)});
T('skew',()=>{const g=skewEstimator();for(const t of trees)g.add(t);return g.finish()});
T('summ',()=>trees.map(summariseTrace));
T('agg',()=>{const a=aggregates(false);for(const t of trees)a.add(t,false);});
const st=openStore(file,'read');
const plan=planComparison(await st.traceSummaries(),[],{baseline:null,incident:null,without:[]});
T('features',()=>{const b=featureBuilder(plan,ex.epoch,false);for(const t of trees)b.addTrace(t);return b.finish({defects:[],records:1})});
}

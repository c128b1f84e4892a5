import { startTruth } from './accuracy/truth.ts'
import { clientsOf, whole } from './accuracy/clients.ts'
import { startLagMonitor } from '../src/probe/lag.ts'
import { systemClock } from '../src/core/clock.ts'
import { percentile } from '../src/core/statistics.ts'
const t = await startTruth()
const c: Record<string, any> = { ...clientsOf(t), probe: whole(t.url, startLagMonitor(systemClock)) }
const all2: Record<string, number[]> = {}
const only = process.argv[2]
const all: Record<string, number[]> = {}
const C=Number(process.env.C ?? 32), N=Number(process.env.N ?? 2000)
for (let r=0;r<6;r++) for (const perWrite of (process.env.W ?? "1,8").split(",").map(Number)) 
for (const [name, client] of Object.entries(c)) {
  if (only && name !== only) continue
  const cpu0=process.cpuUsage(); const w0=performance.now()
  const res: any[] = await Promise.all(Array.from({length:C},(_, i)=>client({id:`${name}-${i}`,chunks:N,gapMs: Number(process.env.GAP), ttftMs: 300+i*1.7%10})))
  const cpu=process.cpuUsage(cpu0)
  if (r>0) (all2[`${perWrite} ${name}`] ??= []).push(C*N/(performance.now()-w0)); if (r>0) (all[`${perWrite} ${name}`] ??= []).push(C*N/((cpu.user+cpu.system)/1e6)/1000)
}
for (const [k,v] of Object.entries(all)) console.log(k.padEnd(16), percentile(v,.5)!.toFixed(1),'k/cpu-s', percentile(all2[k]!,.5)!.toFixed(0), 'k/s', v.map(x=>x.toFixed(0)).join(' '))
await t.close()
process.exit()

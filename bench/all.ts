import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

// Every bench, one after another; arguments are passed on. Exit code 1 when a goal is missed. alarms.ts, chaos.ts, fleet.ts, history.ts,
// http.ts, incidents.ts, lab.ts, prometheus.ts, proxy.ts, reads.ts, scale.ts, screens.ts, serving.ts, status.ts and web.ts are for themselves: they take from minutes to half an hour.
const shared = [
  'all.ts',
  'goals.ts',
  'parts.ts',
  'alarms.ts',
  'chaos.ts',
  'fleet.ts',
  'history.ts',
  'http.ts',
  'incidents.ts',
  'lab.ts',
  'prometheus.ts',
  'proxy.ts',
  'reads.ts',
  'scale.ts',
  'screens.ts',
  'serving.ts',
  'status.ts',
  'web.ts',
]
for (const file of readdirSync('bench').filter((name) => name.endsWith('.ts') && !shared.includes(name))) {
  const { status } = spawnSync('tsx', [`bench/${file}`, ...process.argv.slice(2)], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}

import { availableParallelism, loadavg } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { percentile } from '../../src/core/statistics.ts'
import { openAlerting } from '../../src/jobs/alerting.ts'
import type { Store } from '../../src/store/store.ts'
import { providerFault, resultsOf } from '../../test/support/alert-results.ts'
import { testApp } from '../../test/support/app.ts'
import { type Receiver, startReceiver } from '../../test/support/receiver.ts'
import { atLeast, atMost, type Goal, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import { recordingTo } from './recording-to.ts'
import { stores } from './stores.ts'

const channels = 10
const region = 'local'

/** When each channel first heard of each target, by `performance.now()`. */
function heardBy({ received }: Receiver): Map<string, number> {
  const heard = new Map<string, number>()
  for (const { path, body, at } of received) {
    for (const [, target = ''] of body.matchAll(/"scope":"target\/([\da-f-]+)/g)) {
      const key = `${path} ${target}`
      if (!heard.has(key)) heard.set(key, at)
    }
  }
  return heard
}

/** Records results, each of which is judged as a server judges what its threads measure. */
function judging(store: Store, url: string) {
  const names = Array.from({ length: channels }, (_, index) => `ALERT_WEBHOOK_C${index}_URL`)
  const env = Object.fromEntries(names.map((name, index) => [name, `${url}/${index}`]))
  const app = testApp(env, store, { sleep: setTimeout })
  const alerting = openAlerting(store, app, { inThreads: true, saves: true })
  const recordedAt = new Map<string, number>()
  const watched = recordingTo(store, (event) => {
    if (event.type !== 'probe_recorded') return
    recordedAt.set(event.target_id ?? '', performance.now())
    void alerting.watch(event)
  })
  const save = () => store.saveChannels({ channels: app.config.alerts.channels })
  return { ...resultsOf(watched), alerting, recordedAt, save }
}

/** From when the second failure of each target is recorded until each channel has been told, in ms. */
async function tell(store: Store, incidents: number) {
  const receiver = await startReceiver()
  const { newTarget, record, alerting, recordedAt, save } = judging(store, receiver.url)
  await save()
  const targets = Array.from({ length: incidents }, () => newTarget())
  for (const target of targets) await record(target, region, { minutesAgo: 20, ...providerFault })
  await alerting.finish(60_000)
  for (const target of targets) await record(target, region, { minutesAgo: 5, ...providerFault })
  await alerting.finish(60_000)
  await receiver.close()
  const waits = [...heardBy(receiver)].map(
    ([key, at]) => at - (recordedAt.get(key.split(' ')[1] ?? '') ?? NaN),
  )
  return { waits, messages: receiver.received.length }
}

/** How long 10 channels wait to be told of 100 incidents that open as fast as their results are recorded. */
export const delivery: Part = async ({ cwd, short, say }) => {
  const incidents = short ? 10 : 100
  const figures: Record<string, unknown>[] = []
  const goals: Goal[] = []
  for (const [name, open] of Object.entries(stores)) {
    say(`delivery: ${name}`)
    const at = await open(cwd)
    const { waits, messages } = await tell(at.store, incidents)
    await at.close()
    const p95 = percentile(waits, 0.95) ?? NaN
    figures.push({
      store: name,
      incidents,
      channels,
      told: waits.length,
      messages,
      'p50 ms': round(percentile(waits, 0.5) ?? NaN),
      'p95 ms': round(p95),
      'most ms': round(Math.max(...waits)),
      load: loadavg().map(round).join(' '),
      cores: availableParallelism(),
    })
    goals.push(
      atLeast(`${name}: each channel is told of each incident`, incidents * channels, waits.length),
      atMost(`${name}: told after it was recorded, p95 ms`, 2000, p95),
    )
  }
  return { figures, goals }
}

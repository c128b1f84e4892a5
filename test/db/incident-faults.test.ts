import { afterAll, beforeAll, expect, test } from 'vitest'
import { channelTroubles, faultCases, together, workerTroubles } from '../support/incident-faults.ts'
import { play } from '../support/incident-play.ts'
import { judgePlay } from '../support/incident-verdict.ts'
import { pairwise } from '../support/pairwise.ts'
import { type OpenTransport, transports } from '../support/transports.ts'

// Every fault of a provider meets every trouble of a worker and of a channel, and each of them every store, by the real
// benchmark: one incident of the right kind, which is told once, and its end. bench/incidents.ts plays all combinations.

const troubles = workerTroubles.map((worker, index) => {
  const channel = channelTroubles[index % channelTroubles.length]
  return channel === undefined ? worker : together(worker, channel)
})
// Postgres is the fastest: what matters on no store is played there.
const stores = ['Postgres 17', 'embedded', 'supabase-js']
const cases = pairwise({ fault: faultCases, trouble: troubles, store: stores })

const opened = new Map<string, OpenTransport>()
beforeAll(async () => {
  await Promise.all(transports.map(async ({ name, open }) => opened.set(name, await open())))
})
afterAll(() => Promise.all([...opened.values()].map((each) => each.close())))

test.each(troubles.map((trouble) => [trouble.name, trouble] as const))(
  'every fault: %s',
  async (_, trouble) => {
    const own = cases.filter((each) => each.trouble === trouble)
    const violations = await Promise.all(
      [...Map.groupBy(own, ({ store }) => store)].map(async ([store, played]) => {
        const at = opened.get(store)
        if (at === undefined) throw new Error(`there is no ${store}`)
        const one = { faults: played.map(({ fault }) => fault), trouble }
        return judgePlay(await play(at, one), one).map((violation) => ({ store, ...violation }))
      }),
    )
    expect(violations.flat()).toEqual([])
  },
)

import {
  channelTroubles,
  type FaultCase,
  faultCases,
  moreFaults,
  needsOwnCalls,
  slowTrouble,
  together,
  type Trouble,
  workerTroubles,
} from '../../test/support/incident-faults.ts'
import { type Play, play } from '../../test/support/incident-play.ts'
import { judgePlay, type Violation } from '../../test/support/incident-verdict.ts'
import type { OpenTransport } from '../../test/support/transports.ts'
import type { Goal } from '../goals.ts'
import type { Found, Setting } from '../parts.ts'
import { stores } from './stores.ts'

/** What came of the faults of a play. */
interface Played extends Play {
  violations: Violation[]
}

const single: readonly Trouble[] = [
  { name: 'none' },
  { name: 'two outages', ticks: '----++--++' },
  ...workerTroubles,
  ...channelTroubles,
]
const pairs = workerTroubles.flatMap((worker) => channelTroubles.map((channel) => together(worker, channel)))

/** Every fault with every trouble, on every store, and on Postgres with every two troubles. */
export async function faults({ cwd, short, say }: Setting): Promise<Found> {
  const played: Played[] = []
  const goals: Goal[] = []
  for (const [name, open] of Object.entries(stores)) {
    const at = await open(cwd)
    try {
      const all = short ? single.slice(0, 3) : [...single, ...(name === 'Postgres 17' ? pairs : [])]
      const plays = playsOf(all, short ? [faultCases] : [faultCases, moreFaults])
      const slow = { trouble: slowTrouble, faults: faultCases.filter((fault) => !needsOwnCalls(fault)) }
      const own = await playAll(at, short ? plays : [...plays, slow], (line) => say(`${name}: ${line}`))
      const cases = own.reduce((sum, each) => sum + each.faults.length, 0)
      const measured = own.reduce((sum, { violations }) => sum + violations.length, 0)
      goals.push({
        name: `${name}: violations in ${cases} cases`,
        limit: '0',
        measured,
        holds: measured === 0,
      })
      played.push(...own)
    } finally {
      await at.close()
    }
  }
  return { figures: tableOf(played), goals }
}

/** Calls are made by the run, and beside it as by threads; of some faults only so. In two plays, so that most is told by itself. */
const playsOf = (troubles: readonly Trouble[], sorts: readonly (readonly FaultCase[])[]): Play[] =>
  troubles.flatMap((trouble) =>
    sorts.flatMap((all) => [
      { trouble, faults: all.filter((fault) => !needsOwnCalls(fault)), beside: false },
      { trouble, faults: all, beside: true },
    ]),
  )

async function playAll(
  at: OpenTransport,
  plays: readonly Play[],
  say: (line: string) => void,
): Promise<Played[]> {
  const played: Played[] = []
  for (const one of plays) {
    const from = performance.now()
    const violations = judgePlay(await play(at, one), one)
    const seconds = ((performance.now() - from) / 1000).toFixed(1)
    say(`${one.trouble.name}, ${one.faults.length} faults: ${violations.length} violations, ${seconds} s`)
    for (const { fault, message } of violations) say(`  ${fault ?? 'all'}: ${message}`)
    played.push({ ...one, violations })
  }
  return played
}

/** Violations by fault and trouble, those of two troubles under each; the last row has those of no fault alone. */
function tableOf(played: readonly Played[]): Found['figures'] {
  const names = [...new Set(played.flatMap(({ faults: own }) => own.map(({ name }) => name)))]
  const troubles = [...single, slowTrouble].filter(({ name }) =>
    played.some(({ trouble }) => trouble.name.includes(name)),
  )
  const violations = played.flatMap((each) =>
    each.violations.map((one) => ({ ...one, in: each.trouble.name })),
  )
  return [...names, null].map((fault) => ({
    fault: fault ?? 'all',
    ...Object.fromEntries(
      troubles.map(({ name }) => [
        name,
        violations.filter((one) => one.fault === fault && one.in.split(', ').includes(name)).length,
      ]),
    ),
  }))
}

import type { Database } from './database.ts'
import type { Members } from './members.ts'
import type { Providers } from './provider.ts'
import type { Look } from './simulate.ts'
import { machineNow, sleepIn, type Time } from './time.ts'

/** What was done to a fleet. */
export interface Disturbed {
  /**
   * Calls that had no result, by probe: of the killed and of the stopped worker when that was done, and of all while there was
   * no database, whose results wait on disk and may come when another has the shard.
   */
  inHand: { killed: string[]; stopped: string[]; withoutDatabase: string[] }
  /** When the stopped worker was continued, in ms of the machine. */
  continuedAt: number
}

interface Disturbing {
  members: Members
  database: Database
  providers: Providers
  time: Time
  /** Calls of a slot. */
  perSlot: number
  look: Look
  /** Whether all slots have ended. */
  isOver: { now: boolean }
  say: (line: string) => void
}

/** Longer than a lease and the half minute after which it is overdue, in ms of the simulated time. */
const stoppedMs = 120_000
const restartedAfterMs = 20_000

/**
 * At a third of the first slot's calls one worker is killed, and comes back under another name; at two fifths one is stopped
 * until others have its shards; at two thirds the database is killed.
 */
export async function disturb(on: Disturbing): Promise<Disturbed> {
  const { members, database, providers, time, look, say } = on
  const sleep = sleepIn(time)
  await untilMade(on, 1 / 3)
  const killed = providers.inHand('killed')
  members.worker('killed').kill('SIGKILL')
  say(`a worker is killed with ${killed.length} calls in hand`)
  const comesBack = sleep(restartedAfterMs).then(() => members.restart())
  await untilMade(on, 2 / 5)
  await comesBack
  members.worker('stopped').kill('SIGSTOP')
  const stopped = providers.inHand('stopped')
  say(`a worker is stopped with ${stopped.length} calls in hand`)
  const continues = sleep(stoppedMs).then(() => {
    const at = machineNow()
    members.worker('stopped').kill('SIGCONT')
    say('it continues')
    return at
  })
  await untilMade(on, 2 / 3)
  await look.now()
  say('the database is killed')
  const before = providers.inHand()
  await database.kill()
  const withoutDatabase = [...new Set([...before, ...providers.inHand()])]
  say(`it is back, with ${withoutDatabase.length} calls in hand`)
  return { inHand: { killed, stopped, withoutDatabase }, continuedAt: await continues }
}

/** Until a share of the first slot's calls has begun. */
async function untilMade({ providers, perSlot, isOver }: Disturbing, share: number): Promise<void> {
  while (providers.calls.length < share * perSlot) {
    if (isOver.now) throw new Error(`only ${providers.calls.length} calls were made`)
    await new Promise((over) => setTimeout(over, 20))
  }
}

import type { z } from 'zod'
import type { Clock } from '../core/clock.ts'
import { ignoreFailure } from '../store/ignore-failure.ts'
import type { admission } from '../store/proxy-token-codec.ts'
import type { ProxyTokenStore } from '../store/proxy-token-store.ts'
import { StoreError } from '../store/store.ts'

/** What the store says of a request with a token. */
export type Admission = z.output<typeof admission>

/**
 * How long a yes holds, in ms: requests that follow are not kept waiting for the database. Each asks it all the same,
 * and the first no ends it. So what is revoked, or has reached a limit, opens nothing 4 s later.
 */
const freshMs = 4000

/** What a book needs. */
export interface TokenBookParts {
  clock: Pick<Clock, 'now'>
  uuid: () => string
  /** Rejects with StoreError. */
  openStore: () => Promise<Pick<ProxyTokenStore, 'admitProxyToken'>>
  /** When a request that waits for the database is refused; after three seconds, if left out. */
  deadline?: () => AbortSignal
}

const inThreeSeconds = () => AbortSignal.timeout(3000)

/** Says whether a token, by its hash, opens the proxy for one more request; rejects with StoreError. */
export function openTokenBook({ clock, uuid, openStore, deadline = inThreeSeconds }: TokenBookParts) {
  const fresh = new Map<string, { said: Admission; until: number }>()
  const ask = async (hash: string): Promise<Admission> => {
    const until = clock.now() + freshMs
    const said = await (await openStore()).admitProxyToken({ hash, requestId: uuid() })
    if (said.refused === null) fresh.set(hash, { said, until })
    else fresh.delete(hash)
    return said
  }
  return async (hash: string): Promise<Admission> => {
    const known = fresh.get(hash)
    const asked = ask(hash)
    if (known === undefined || known.until <= clock.now()) return inTime(asked, deadline())
    // The first request that finds no fresh yes is told what fails.
    void asked.catch(ignoreFailure)
    return known.said
  }
}

/** What a call gives, unless it is too late for that. */
function inTime<Output>(call: Promise<Output>, late: AbortSignal): Promise<Output> {
  const { promise, reject } = Promise.withResolvers<never>()
  const fail = () => reject(new StoreError('timeout', 'the database did not answer in time'))
  late.addEventListener('abort', fail, { once: true })
  if (late.aborted) fail()
  return Promise.race([call, promise]).finally(() => late.removeEventListener('abort', fail))
}

import { ignoreFailure } from '../store/ignore-failure.ts'
import type { Charge, ProxyTokenStore } from '../store/proxy-token-store.ts'

/** How long charges are gathered, in ms. */
const gatherMs = 1000

/** What tokens are to pay, on its way to the store. */
export interface Charges {
  /** Returns at once. */
  add: (charge: Charge) => void
  /** Delivers what waits; what the store does not take then is lost. */
  close: () => Promise<void>
}

/** What charges need. */
export interface ChargesParts {
  uuid: () => string
  /** Rejects with StoreError. */
  openStore: () => Promise<Pick<ProxyTokenStore, 'chargeProxyTokens'>>
}

/**
 * Gathers charges by token and day, and delivers them in batches, one at a time. A batch that was not taken is delivered
 * again under its id, so it counts once; the others wait, in memory that grows with tokens and days alone.
 */
export function openCharges({ uuid, openStore }: ChargesParts): Charges {
  const waiting = new Map<string, Charge>()
  let batch: { id: string; charges: Charge[] } | null = null
  let delivering: Promise<void> | null = null

  const deliver = async () => {
    while (batch !== null || waiting.size > 0) {
      if (batch === null) {
        batch = { id: uuid(), charges: waiting.values().toArray() }
        waiting.clear()
      }
      await (await openStore()).chargeProxyTokens(batch)
      batch = null
    }
  }
  const turn = (): Promise<void> =>
    (delivering ??= deliver()
      .catch(ignoreFailure)
      .finally(() => {
        delivering = null
      }))
  const timer = setInterval(() => void turn(), gatherMs).unref()
  return {
    add: ({ tokenId, day, usd }) => {
      const key = `${tokenId} ${day}`
      waiting.set(key, { tokenId, day, usd: usd + (waiting.get(key)?.usd ?? 0) })
    },
    close: async () => {
      clearInterval(timer)
      await delivering
      await turn()
    },
  }
}

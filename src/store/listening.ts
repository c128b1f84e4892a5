import { setTimeout } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Listening } from './connection.ts'

/** A connection that listens; `lost` resolves when it has ended. */
interface ListeningConnection {
  lost: Promise<unknown>
  end: () => Promise<unknown>
}

/** Opens a connection that listens; rejects with StoreError. */
export type ConnectListening = (onNotify: (payload: string) => void) => Promise<ListeningConnection>

/** Pauses before a lost connection is opened again, in ms; the last one stays. */
const reconnectPauses = [250, 500, 1000, 2000, 5000, 10_000] as const

/**
 * Listens until it is closed. A lost connection is opened again, however often that takes; `onNotify` is then
 * called with null, because something may have been missed. Rejects with StoreError if the first connection
 * fails.
 */
export async function keepListening(
  connect: ConnectListening,
  onNotify: (payload: string | null) => void,
  sleep: (ms: number, signal: AbortSignal) => Promise<unknown> = pause,
): Promise<Listening> {
  const closing = new AbortController()
  let connection = await connect(onNotify)
  const reopen = async (): Promise<void> => {
    for (let attempt = 0; !closing.signal.aborted; attempt += 1) {
      await sleep(reconnectPauses[Math.min(attempt, reconnectPauses.length - 1)] ?? 0, closing.signal)
      const opened = await connect(onNotify).catch(() => null)
      if (opened === null) continue
      connection = opened
      return closing.signal.aborted ? void (await opened.end()) : onNotify(null)
    }
  }
  const keep = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await connection.lost
      await reopen()
    }
  }
  void keep()
  return {
    close: async () => {
      closing.abort()
      await connection.end()
    },
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<unknown> =>
  setTimeout(ms, null, { signal, ref: false }).catch(() => undefined)

/** Listens on a connected client, which is used for nothing else. Rejects with the driver's error. */
export async function listenOn(
  client: Client,
  listening: { channel: string; timeout: number; onNotify: (payload: string) => void },
): Promise<ListeningConnection> {
  const lost = new Promise<void>((resolve) => client.once('end', resolve))
  client.on('notification', ({ payload = '' }) => listening.onNotify(payload))
  const text = `listen ${client.escapeIdentifier(listening.channel)}`
  await client
    .query({ text, query_timeout: listening.timeout } as { text: string })
    .catch(async (error: unknown) => {
      await client.end()
      throw error
    })
  return { lost, end: () => client.end() }
}

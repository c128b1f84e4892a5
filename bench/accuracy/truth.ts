import { fork } from 'node:child_process'
import { once } from 'node:events'

/** The truth server, running in a process of its own. */
export interface Truth {
  /** Base URL with `/v1`. */
  url: string
  port: number
  pid: number
  /**
   * Since last asked, the ms between the end of each answer and the next request, for calls one after another.
   */
  takePauses: () => Promise<number[]>
  close: () => Promise<void>
}

/** Starts the truth server. It ends with this process at the latest. */
export async function startTruth(): Promise<Truth> {
  const child = fork(new URL('./truth-process.ts', import.meta.url), { execArgv: [] })
  const [port] = (await once(child, 'message')) as [number]
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    pid: child.pid ?? 0,
    takePauses: async () => {
      child.send('pauses')
      const [pauses] = (await once(child, 'message')) as [number[]]
      return pauses
    },
    close: async () => {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/**
 * What to add to `performance.now()` to get the clock that the server stamps with. The tightest of many
 * brackets: a single one may hold a preemption.
 */
export function clockOffset(): number {
  const brackets = Array.from({ length: 500 }, () => {
    const before = performance.now()
    const there = Number(process.hrtime.bigint()) / 1e6
    const after = performance.now()
    return { width: after - before, offset: there - (before + after) / 2 }
  })
  return brackets.reduce((best, bracket) => (bracket.width < best.width ? bracket : best)).offset
}

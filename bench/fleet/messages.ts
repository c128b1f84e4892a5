/** A call as its worker asks for it. Stamps are those of the machine, in ms (time.ts). */
export interface Asked {
  type: 'call'
  /** Counts the calls of the worker. */
  number: number
  worker: string
  probe: string
  provider: string
  region: string
  model: string
  /** When the lease under which it is made was asked for. */
  leasedAt: number
  /** When the database was asked what it last said about this shard. */
  toldAt: number
}

/** What the provider answers, when its time is over. */
export interface Answered {
  number: number
  status: 200 | 429 | 500
  ttftMs: number
  totalMs: number
  retryAfterMs: number | null
  inputTokens: number
  outputTokens: number
}

/** What a worker tells besides. */
export type Told =
  /** The database has this result. */
  | { type: 'recorded'; worker: string; probe: string; at: number }
  /** A run was closed, as this worker was told when it ended a shard. */
  | { type: 'closed'; worker: string }
  /** Statements so far, by what they are for. */
  | { type: 'counts'; worker: string; counts: Record<string, number> }

/** Splits a stream into messages, one a line. */
export function readMessages(onMessage: (message: unknown) => void): (chunk: string) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onMessage(JSON.parse(line))
  }
}

import type { Clock } from '../core/clock.ts'
import type { Timeouts } from '../core/plan.ts'
import { startDue } from './due.ts'

/** Why we ended a call. */
export type StopKind =
  | 'timeout_connect'
  | 'timeout_first_token'
  | 'timeout_idle'
  | 'timeout_total'
  | 'aborted'

/** The reason of an abort; its kind is the outcome. */
export class Stop extends Error {
  override name = 'Stop' as const
  readonly kind: StopKind

  constructor(kind: StopKind) {
    super(kind)
    this.kind = kind
  }
}

/** The reason of an abort after a complete answer: the server kept the connection open. */
export class Answered extends Error {
  override name = 'Answered' as const
}

/** The deadlines of a call in progress. */
export interface Deadlines {
  /** Aborts with a Stop or Answered as its reason when a deadline passes or a person aborts. */
  signal: AbortSignal
  /** The request was sent: the first token is due. */
  sent: () => void
  /** A token arrived: the next one is due. Comments and pings do not count. */
  token: () => void
  /** The answer has its finish reason; `usage`: and its usage. Only a token takes this back. */
  finished: (usage: boolean) => void
  /** The call is over. */
  clear: () => void
}

/**
 * How long we wait for the end of the connection after the finish reason, in ms: while usage is still owed,
 * and once it has come. Some servers never close, and send heartbeats (maximhq/bifrost issue 6784).
 */
export const closingMs = { usageOwed: 5000, complete: 1000 } as const

const stop = (kind: StopKind) => () => new Stop(kind)
const answered = () => new Answered()

/** Starts the deadlines of a call, and forwards a person's abort. */
export function startDeadlines(timeouts: Timeouts, clock: Clock, person?: AbortSignal): Deadlines {
  const controller = new AbortController()
  const abort = () => {
    controller.abort(new Stop('aborted'))
  }
  const total = setTimeout(() => {
    controller.abort(finished === null ? new Stop('timeout_total') : answered())
  }, timeouts.total)
  const due = startDue(clock, (reason) => {
    controller.abort(reason)
  })
  due.next(timeouts.connect, stop('timeout_connect'))
  let streaming = false
  let finished: keyof typeof closingMs | null = null
  if (person?.aborted) abort()
  person?.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    sent: () => {
      due.next(timeouts.firstToken, stop('timeout_first_token'))
    },
    token: () => {
      if (streaming && finished === null) due.again()
      else due.next(timeouts.idle, stop('timeout_idle'))
      streaming = true
      finished = null
    },
    finished: (usage) => {
      const state = usage ? 'complete' : 'usageOwed'
      if (finished === 'complete' || finished === state) return
      finished = state
      due.next(closingMs[state], answered)
    },
    clear: () => {
      clearTimeout(total)
      due.clear()
      person?.removeEventListener('abort', abort)
    },
  }
}

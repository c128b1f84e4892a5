import type { Timeouts } from '../core/plan.ts'

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

/** The deadlines of a call in progress. */
export interface Deadlines {
  /** Aborts with a Stop as its reason when a deadline passes or a person aborts. */
  signal: AbortSignal
  /** The request was sent: the first token is due. */
  sent: () => void
  /** A token arrived: the next one is due. Comments and pings do not count. */
  token: () => void
  /** The call is over. */
  clear: () => void
}

/** Starts the deadlines of a call, and forwards a person's abort. */
export function startDeadlines(timeouts: Timeouts, person?: AbortSignal): Deadlines {
  const controller = new AbortController()
  const within = (ms: number, kind: StopKind) => setTimeout(() => controller.abort(new Stop(kind)), ms)
  const abort = () => {
    controller.abort(new Stop('aborted'))
  }
  const total = within(timeouts.total, 'timeout_total')
  let due = within(timeouts.connect, 'timeout_connect')
  let streaming = false
  const next = (ms: number, kind: StopKind) => {
    clearTimeout(due)
    due = within(ms, kind)
  }
  if (person?.aborted) abort()
  person?.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    sent: () => {
      next(timeouts.firstToken, 'timeout_first_token')
    },
    token: () => {
      if (streaming) due.refresh()
      else next(timeouts.idle, 'timeout_idle')
      streaming = true
    },
    clear: () => {
      clearTimeout(total)
      clearTimeout(due)
      person?.removeEventListener('abort', abort)
    },
  }
}

import type { clientsOf } from '../accuracy/clients.ts'

/** Who is measured: a whole probe, as a run makes it, or a plain loop. */
export type Looper = 'firsttoken' | Exclude<keyof ReturnType<typeof clientsOf>, 'firsttoken'>

/** What a client's process is asked to measure of itself. */
export type Task =
  /** CPU ms for 1,000 events, so many to a write. */
  | { kind: 'events'; perWrite: number }
  /** CPU ms for a second of waiting for the first token. */
  | { kind: 'wait' }
  /** Nothing: it makes calls one after another, and the server measures the pauses. */
  | { kind: 'calls' }
  /** How late each first token was stamped, in ms. */
  | { kind: 'error' }
  /** The same, with what the result says of its timing (a probe only). */
  | { kind: 'flag' }

/** What the process is started with, as JSON in its first argument. */
export interface Assignment {
  client: Looper
  task: Task
  url: string
  port: number
}

/** How late a call's first token was stamped, and the latest of the others, in ms; and whether it is `ok`. */
export interface Judged {
  lateMs: number
  othersMs: number
  ok: boolean
}

/** What the process answers. */
export interface Answer {
  value: number
  errors: number[]
  judged: Judged[]
}

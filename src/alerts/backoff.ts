/** How sending a message ended. Errors are the rest of a sentence whose subject is the channel, without secrets. */
export type Outcome =
  | { kind: 'sent' }
  /** It may be taken later; not before `afterMs`, if its receiver said so. */
  | { kind: 'retry'; error: string; afterMs: number | null }
  /** This message is not taken. */
  | { kind: 'refused'; error: string }
  /** Its address is no longer one: no message will be taken. */
  | { kind: 'gone'; error: string }

/** What to do about it. */
export type Decision =
  | { do: 'sent' }
  | { do: 'retry'; inMs: number; error: string }
  | { do: 'dead'; error: string; disable: boolean }

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** Before the second attempt, the third and so on, in ms: 22 hours and 21 minutes in all. */
const delaysMs: readonly number[] = [
  second,
  minute,
  5 * minute,
  15 * minute,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
]

/** What is refused this often is not sent again: a receiver in trouble may refuse once by mistake. */
const mostRefusals = 2

/** No receiver may put a message off for longer, in ms. */
const longestMs = 12 * hour

/**
 * What to do after the last of so many attempts. `random`, of 0 to 1, lengthens a wait by up to a tenth, so that
 * messages which failed together do not come back together.
 */
export function decide(outcome: Outcome, attempts: number, random: number): Decision {
  if (outcome.kind === 'sent') return { do: 'sent' }
  const { kind, error } = outcome
  const delayMs = delaysMs[attempts - 1]
  if (kind === 'gone' || delayMs === undefined || (kind === 'refused' && attempts >= mostRefusals))
    return { do: 'dead', error, disable: kind === 'gone' }
  const asked = kind === 'retry' ? Math.min(outcome.afterMs ?? 0, longestMs) : 0
  return { do: 'retry', error, inMs: Math.ceil(Math.max(delayMs * (1 + random / 10), asked)) }
}

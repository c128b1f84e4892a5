/** How a target is, worst first. */
export const states = ['down', 'failing', 'stale', 'unknown', 'paused', 'up'] as const

export type StateName = (typeof states)[number]

/** What each state means, for a title. */
export const meaningOf: Readonly<Record<StateName, string>> = {
  up: 'The last check succeeded',
  failing: 'The last check failed; one more and it is down',
  down: 'Two checks or more failed in a row, by the fault of the provider',
  stale: 'It was not checked in time',
  paused: 'It is not checked any more',
  unknown: 'It was never checked',
}

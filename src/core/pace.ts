/** What a call is assumed to take if none was made, in ms: 512 tokens at 30 a second. */
export const unknownMs = 18_000

/** The part of a slot's interval that the calls of a fleet are spread over: what waits for a lane is made in the rest. */
const spreadShare = 0.8
/** The longest that they are spread over, in ms: who benchmarks daily at three means about three. */
const mostSpreadMs = 3_600_000

/** How long the calls of a fleet are spread over, in ms. */
export const spreadMsOf = (intervalMs: number): number => Math.min(spreadShare * intervalMs, mostSpreadMs)

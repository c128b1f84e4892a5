import type { StreamEvent, Timeline } from '../../src/core/timeline.ts'

/** An event that is written: when, in ms after t0, its bytes and how many tokens it holds. */
export interface Written {
  at: number
  bytes: number
  tokens: number
}
/** Bytes that arrive together. */
export interface Read {
  at: number
  bytes: number
}

/** A model that decodes `n` tokens at a rate, in tokens per second, `perEvent` at a time, from `ttft` ms on. */
export interface Decoder {
  rate: number
  n: number
  perEvent: number
  ttft: number
  bytesPerEvent: number
  /** How much each step varies: 0 is a clock, 0.5 half of it. */
  jitter: number
}

export type Random = () => number
export const between = (random: Random, low: number, high: number): number => low + random() * (high - low)
/** Evenly among orders of magnitude. */
export const scaled = (random: Random, low: number, high: number): number => low * (high / low) ** random()
export const pick = <Item>(random: Random, items: readonly Item[]): Item =>
  items[Math.floor(random() * items.length)] as Item

/** The events of a decoder, when it writes them. */
export function decode(
  { rate, n, perEvent, ttft, bytesPerEvent, jitter }: Decoder,
  random: Random,
): Written[] {
  const events: Written[] = []
  for (let at = ttft, left = n; left > 0; left -= perEvent) {
    const tokens = Math.min(perEvent, left)
    events.push({ at, tokens, bytes: bytesPerEvent + 4 * tokens })
    at += ((1000 * perEvent) / rate) * (1 + jitter * (2 * random() - 1))
  }
  return events
}

/** `n` tokens that are all written at `at`. */
export const ready = (n: number, at: number, bytesPerEvent: number): Written[] =>
  Array.from({ length: n }, () => ({ at, tokens: 1, bytes: bytesPerEvent + 4 }))

/** A buffer that lets out what it holds whenever it is full, and at the end. */
export function inBlocks(events: readonly Written[], size: number): Read[] {
  const reads: Read[] = []
  let held = 0
  for (const { at, bytes } of events) {
    held += bytes
    for (; held >= size; held -= size) reads.push({ at, bytes: size })
  }
  return held > 0 ? [...reads, { at: events.at(-1)?.at ?? 0, bytes: held }] : reads
}

/** A proxy that lets out what it holds every `interval` ms, and at the end. */
export function atIntervals(events: readonly Written[], interval: number, phase: number): Read[] {
  const end = events.at(-1)?.at ?? 0
  const due = (at: number) => Math.min(end, Math.ceil((at - phase) / interval) * interval + phase)
  const blocks = Map.groupBy(events, ({ at }) => due(at))
  return [...blocks].map(([at, held]) => ({ at, bytes: held.reduce((sum, { bytes }) => sum + bytes, 0) }))
}

/** A path of TCP: `rtt` in ms, `speed` in bytes per ms, segments of `mss` bytes, TLS records of `record`. */
export interface Path {
  rtt: number
  speed: number
  mss: number
  record: number
}

/** Bytes that are ready at `at`, in windows that double every round trip from ten segments on (RFC 6928). */
export function overTcp(bytes: number, at: number, { rtt, speed, mss, record }: Path): Read[] {
  const reads: Read[] = []
  let sent = 0
  let told = 0
  let start = at
  for (let window = 10 * mss; sent < bytes; window *= 2) {
    const end = Math.min(bytes, sent + window)
    // A record can be read when its last byte is there.
    for (let next = told; next < bytes && next + Math.min(record, bytes - next) <= end;) {
      next += Math.min(record, bytes - next)
      reads.push({ at: start + Math.max(0, next - sent) / speed, bytes: next - told })
      told = next
    }
    start = Math.max(start + rtt, start + (end - sent) / speed)
    sent = end
  }
  return reads
}

/** The reads with delays of their own, in ms, which keep their order. */
export function delayed(reads: readonly Read[], random: Random, most: number): Read[] {
  let before = 0
  return reads.map(({ at, bytes }) => {
    before = Math.max(before, at + most * random() ** 4)
    return { at: before, bytes }
  })
}

/** The timeline of these events, if their bytes were read so. Reads within 0.05 ms of another are one. */
export function timelineOf(written: readonly Written[], reads: readonly Read[]): Timeline {
  const merged: Read[] = []
  for (const read of reads) {
    const last = merged.at(-1)
    if (last && read.at - last.at < 0.05) last.bytes += read.bytes
    else merged.push({ ...read })
  }
  const events: StreamEvent[] = []
  let index = 0
  let arrived = merged[0]?.bytes ?? 0
  let needed = 0
  for (const { bytes, tokens } of written) {
    needed += bytes
    while (arrived < needed && index < merged.length - 1) arrived += merged[++index]?.bytes ?? 0
    events.push({ read: index, kind: 'text', text: 4 * tokens, reasoning: 0, other: 0 })
  }
  return {
    dnsMs: 1,
    tcpMs: 10,
    tlsMs: 20,
    connectMs: 31,
    headers: merged[0]?.at ?? null,
    reads: merged.map(({ at }) => at),
    bytes: merged.map(({ bytes }) => bytes),
    events,
    reasoningForm: 'none',
    end: merged.at(-1)?.at ?? 0,
  }
}

/** The usage of a call with so many output tokens. */
export const usage = (output: number) => ({
  input: 9,
  output,
  reasoning: null,
  cached: null,
  source: 'usage' as const,
})

import { promisify } from 'node:util'
import { deflateRaw, deflateRawSync, inflateRaw } from 'node:zlib'
import { z } from 'zod'
import { eventKinds, type Timeline } from '../core/timeline.ts'

/** The contents of timelines.data in base64: raw deflate of the JSON of `packed`. */
export interface EncodedTimeline {
  version: number
  data: string
}

const version = 2
const compress = promisify(deflateRaw)
const decompress = promisify<Uint8Array, Buffer>(inflateRaw)

const integers = z.array(z.int())
const optional = z.int().nullable()
/**
 * Whole microseconds. Reads, and the read of each event, are differences from the previous one, which
 * compress well.
 */
const packed = z.object({
  dns: optional,
  tcp: optional,
  tls: optional,
  connect: optional,
  headers: optional,
  end: z.int(),
  /** Not in version 1. */
  form: z.enum(['full', 'summary', 'none']).optional(),
  reads: integers,
  bytes: integers,
  /** The kinds that occur; `kind` holds indexes into them. */
  kinds: z.array(z.enum(eventKinds)),
  read: integers,
  kind: integers,
  text: integers,
  reasoning: integers,
  other: integers,
})

/** So many characters, some 400 events, take 0.1 ms to compress, and a thread 0.6 ms to come back. */
const shortLength = 8192

/**
 * Packs a timeline to the microsecond. A long one is compressed off the main thread, where other probes may
 * be measuring.
 */
export async function encodeTimeline(timeline: Timeline): Promise<EncodedTimeline> {
  const { events } = timeline
  const kinds = [...new Set(events.map((event) => event.kind))]
  const json: z.infer<typeof packed> = {
    dns: microseconds(timeline.dnsMs),
    tcp: microseconds(timeline.tcpMs),
    tls: microseconds(timeline.tlsMs),
    connect: microseconds(timeline.connectMs),
    headers: microseconds(timeline.headers),
    end: Math.round(timeline.end * 1000),
    form: timeline.reasoningForm,
    reads: differences(timeline.reads.map((stamp) => Math.round(stamp * 1000))),
    bytes: timeline.bytes,
    kinds,
    read: differences(events.map((event) => event.read)),
    kind: events.map((event) => kinds.indexOf(event.kind)),
    text: events.map((event) => event.text),
    reasoning: events.map((event) => event.reasoning),
    other: events.map((event) => event.other),
  }
  const text = JSON.stringify(json)
  const data = text.length < shortLength ? deflateRawSync(text) : await compress(text)
  return { version, data: data.toString('base64') }
}

/** Unpacks a timeline that this or an earlier version of `encodeTimeline` packed. Throws on anything else. */
export async function decodeTimeline(encoded: EncodedTimeline): Promise<Timeline> {
  if (!(encoded.version >= 1 && encoded.version <= version))
    throw new Error(`a timeline of version ${encoded.version}: this program reads up to version ${version}`)
  const json = await decompress(Buffer.from(encoded.data, 'base64'))
  const from = packed.parse(JSON.parse(json.toString('utf8')))
  const read = sums(from.read)
  return {
    dnsMs: milliseconds(from.dns),
    tcpMs: milliseconds(from.tcp),
    tlsMs: milliseconds(from.tls),
    connectMs: milliseconds(from.connect),
    headers: milliseconds(from.headers),
    reads: sums(from.reads).map((stamp) => stamp / 1000),
    bytes: from.bytes,
    events: from.kind.map((kind, index) => ({
      read: read[index] ?? 0,
      kind: from.kinds[kind] ?? 'other',
      text: from.text[index] ?? 0,
      reasoning: from.reasoning[index] ?? 0,
      other: from.other[index] ?? 0,
    })),
    // Version 1 did not distinguish a summary from full reasoning.
    reasoningForm: from.form ?? (from.reasoning.some((characters) => characters > 0) ? 'full' : 'none'),
    end: from.end / 1000,
  }
}

const microseconds = (ms: number | null) => (ms === null ? null : Math.round(ms * 1000))
const milliseconds = (us: number | null) => (us === null ? null : us / 1000)

const differences = (values: number[]) => values.map((value, index) => value - (values[index - 1] ?? 0))

function sums(values: number[]): number[] {
  let sum = 0
  return values.map((value) => (sum += value))
}

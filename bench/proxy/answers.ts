/** The header by which the upstream says when a request had arrived, in ms of `machineClock`. LiteLLM puts a word in front. */
export const arrivedHeader = 'x-arrived-at'

/** What a client asks for: so many streams at once, each so many answers in turn. */
export interface Load {
  streams: number
  answers: number
  /** Tokens of an answer, one in an event, and the ms between two. */
  frames: number
  delayMs: number
  /** Within so many ms all streams begin, evenly. */
  withinMs: number
}

/** A load, and where to send it. */
export interface Asked extends Load {
  port: number
  round: number
}

/** Time to the first token, in ms. */
const ttftMs = 100

/** The body of a request: its model says how it is to be answered, because gateways keep that. */
export function bodyOf({ frames, delayMs }: Pick<Load, 'frames' | 'delayMs'>, seed: number): string {
  const timing = { ttft_ms: ttftMs, frames, delay_ms: delayMs, seed }
  const model = ['synthetic', ...Object.entries(timing).flat()].join('/')
  return JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Count.' }] })
}

/** What one answer took on its ways, in ms: from the client to the upstream, and back. */
export interface Timed {
  /** Id that our proxy gave it. */
  id: string | null
  /** From the arrival of the request at the upstream to its first token, by the upstream's own stamps. */
  truthMs: number
  /** The request on its way, and the first token on its way. */
  firstMs: number
  /** Every later token on its way. */
  laterMs: number[]
}

/** A piece of a body, and the `machineClock.now()` of its arrival. */
export interface Piece {
  at: number
  bytes: Buffer
}

/** When each event with a token was written and when it arrived, by `machineClock`. */
export function tokensOf(pieces: readonly Piece[]): { written: number; at: number }[] {
  const text = Buffer.concat(pieces.map(({ bytes }) => bytes)).toString('latin1')
  let end = 0
  const ends = pieces.map(({ bytes }) => (end += bytes.length))
  let index = 0
  return [...text.matchAll(stampedText)].map((match) => {
    while ((ends[index] ?? Infinity) <= match.index) index += 1
    return { written: Number(match[1]), at: pieces[index]?.at ?? NaN }
  })
}

/** The beginning of a text that has its stamp in it. */
const stampedText = /"content": ?"([\d.]+)\|/g

import { seededRandom } from '../core/random.ts'
import { prose } from './prose.ts'

/** How an answer is paced, as far as anybody says; what is left out is left to the seed. Milliseconds. */
export interface AnswerTiming {
  /** Tokens to stream, reasoning included; else 200 to 299. */
  frames?: number
  /** Time between tokens, kept exactly; else about 8 ms with jitter. */
  delayMs?: number
  /** Bytes of text in every token; else each is a word or a mark. */
  bytes?: number
  /** Time to the first token; else about 150 ms. */
  ttftMs?: number
  /** Time to the response headers; else 70 % of the way to the first token. */
  headersMs?: number
  /** How many of the tokens are reasoning; else none. */
  reasoningTokens?: number
  /** The client's output limit. */
  maxTokens?: number
}

/** One token and when it is due, in ms after the request. */
export interface Token {
  atMs: number
  kind: 'reasoning' | 'text'
  text: string
}

/** One answer as decided: what is sent when. Milliseconds after the request. */
export interface Script {
  headersMs: number
  tokens: Token[]
  /** When the stream ends: a moment after the last token. */
  endMs: number
  finish: 'stop' | 'length'
}

/** Decides an answer: the same seed and timing give the same script. */
export function makeScript(seed: number, timing: AnswerTiming): Script {
  const random = seededRandom(seed)
  const wanted = timing.frames ?? 200 + Math.floor(random() * 100)
  const count = Math.min(wanted, timing.maxTokens ?? wanted)
  const ttft = timing.ttftMs ?? 150 * (0.85 + 0.3 * random())
  const tokens = makeTokens(count, { timing, ttft, random })
  return {
    headersMs: Math.min(timing.headersMs ?? 0.7 * ttft, ttft),
    tokens,
    endMs: tokens.at(-1)?.atMs ?? ttft,
    finish: count < wanted ? 'length' : 'stop',
  }
}

function makeTokens(
  count: number,
  by: { timing: AnswerTiming; ttft: number; random: () => number },
): Token[] {
  const { timing, ttft, random } = by
  const words = { reasoning: prose(random), text: prose(random) }
  const tokens: Token[] = []
  let atMs = ttft
  for (let index = 0; index < count; index += 1) {
    const kind = index < (timing.reasoningTokens ?? 0) ? 'reasoning' : 'text'
    const begins = tokens.at(-1)?.kind !== kind
    tokens.push({ atMs, kind, text: nextText(words[kind], { begins, bytes: timing.bytes ?? 0 }) })
    atMs += timing.delayMs ?? 8 * (0.6 + 0.8 * random())
  }
  return tokens
}

/** The next word or mark, or as many as fill so many bytes; without the space before it at the beginning. */
function nextText(words: Generator<string>, { begins, bytes }: { begins: boolean; bytes: number }): string {
  const word: string = words.next().value
  let text = begins ? word.trimStart() : word
  while (text.length < bytes) text += words.next().value
  return bytes === 0 ? text : text.slice(0, bytes)
}

import { seededRandom } from '../core/random.ts'
import { prose } from './prose.ts'

/** The timing and size of an answer; whatever is absent is up to the seed. Milliseconds. */
export interface AnswerTiming {
  /** Tokens to stream, including reasoning. Default: 200 to 299. */
  frames?: number
  /** Time between tokens, kept exactly. Default: about 8 ms with jitter. */
  delayMs?: number
  /** Bytes of text in every token. Default: a word or a punctuation mark. */
  bytes?: number
  /** Time to the first token. Default: about 150 ms. */
  ttftMs?: number
  /** Time to the response headers. Default: 70 % of the time to the first token. */
  headersMs?: number
  /** How many of the tokens are reasoning. Default: none. */
  reasoningTokens?: number
  /** The client's output limit. */
  maxTokens?: number
}

/** One token and its time, in ms after the request. */
export interface Token {
  atMs: number
  kind: 'reasoning' | 'text'
  text: string
}

/** The script of an answer: what is sent when. Milliseconds after the request. */
export interface Script {
  headersMs: number
  tokens: Token[]
  /** The end of the stream: just after the last token. */
  endMs: number
  finish: 'stop' | 'length'
}

/** Makes the script of an answer: deterministic in seed and timing. */
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

/** The next word or mark, or enough of them to fill `bytes`; without leading space at the beginning. */
function nextText(words: Generator<string>, { begins, bytes }: { begins: boolean; bytes: number }): string {
  const word: string = words.next().value
  let text = begins ? word.trimStart() : word
  while (text.length < bytes) text += words.next().value
  return bytes === 0 ? text : text.slice(0, bytes)
}

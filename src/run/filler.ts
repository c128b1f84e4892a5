import { createHash } from 'node:crypto'
import { seededRandom } from '../core/random.ts'
import { kinds, pick, plainWords } from './filler-texts.ts'

/** A text that pads a prompt. */
export interface Filler {
  text: string
  /** Its size as counted, in tokens of o200k_base. */
  tokens: number
}

/** What a text is made from: its size in tokens, and a seed. The same seed makes the same text, another one another. */
interface FillerPart {
  tokens: number
  seed: string
}

/** The filler of a prompt. */
export interface FillerOrder extends FillerPart {
  /** Texts that it begins with, as far as it has room for them; what is left is made from its own seed. */
  begins?: readonly FillerPart[]
  /** A prompt that is part of the size, with what a provider adds to it. */
  prompt?: string
}

/** The tokens of a text. */
export type CountTokens = (text: string) => number

/** Three digits are one token; of twelve there are 10^12. */
const groupLength = 3
const nonceGroups = 4

/** Tokens that a chat template adds to a system and a user message. */
const framingTokens = 10

/**
 * Makes filler of this size: code, prose, JSON and documentation in turn, by whole lines, then by words of one
 * token. It begins with digits of the seed, so that no cache of another prompt fits. `tokens` are counted with the
 * prompt, if that is part of the order.
 */
export function makeFiller({ tokens, seed, begins = [], prompt }: FillerOrder, count: CountTokens): Filler {
  const promptTokens = prompt === undefined ? 0 : count(prompt)
  let left = prompt === undefined ? tokens : Math.max(0, tokens - promptTokens - framingTokens)
  const parts: string[] = []
  for (const part of begins) {
    if (left === 0) break
    const text = textOf(part, count)
    parts.push(part.tokens <= left ? text : beginningOf(text, left, count))
    left -= Math.min(part.tokens, left)
  }
  // Each part begins with digits, which join nothing before them.
  const text = [...parts, textOf({ tokens: left, seed }, count)].join('')
  // Only the finished text has a size: parts that were counted alone might join into other tokens.
  return { text, tokens: count(text) + promptTokens }
}

/** The longest beginning of a text that has so many tokens. */
function beginningOf(text: string, tokens: number, count: CountTokens): string {
  let [fits, tooLong] = [0, text.length + 1]
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2)
    if (count(text.slice(0, middle)) <= tokens) fits = middle
    else tooLong = middle
  }
  return text.slice(0, fits)
}

function textOf({ tokens, seed }: FillerPart, count: CountTokens): string {
  const { digits, random } = fromSeed(seed)
  const nonce = digits.slice(0, groupLength * tokens)
  if (tokens <= nonceGroups) return nonce
  const blocks = fitting(blocksOf(random), tokens - nonceGroups - 1, count)
  // What ends with a line end joins nothing that begins with a letter, a sign or blanks.
  const lines = fitting(blocks.next.match(/[^\n]+\n+/g) ?? [], blocks.left, count)
  const words = Array.from({ length: lines.left }, () => pick(plainWords, random))
  return [nonce, '\n\n', ...blocks.taken, ...lines.taken, words.join(' ')].join('')
}

function* blocksOf(random: () => number): Generator<string> {
  for (;;) for (const kind of kinds) yield kind(random)
}

/** The first parts that fit into so many tokens, the one after them, and the tokens that are left. */
function fitting(
  parts: Iterable<string>,
  tokens: number,
  count: CountTokens,
): { taken: string[]; next: string; left: number } {
  const taken: string[] = []
  let left = tokens
  for (const part of parts) {
    const size = count(part)
    if (size > left) return { taken, next: part, left }
    left -= size
    taken.push(part)
  }
  return { taken, next: '', left }
}

function fromSeed(seed: string): { digits: string; random: () => number } {
  const hash = createHash('sha256').update(seed).digest()
  const length = groupLength * nonceGroups
  const digits = String(hash.readBigUInt64BE(0) % 10n ** BigInt(length)).padStart(length, '0')
  return { digits, random: seededRandom(hash.readUInt32BE(8)) }
}

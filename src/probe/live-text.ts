import { withoutKeysIn } from '../net/redact.ts'
import type { Stream } from './stream.ts'

/** What is new of an answer that is being measured, without keys. */
export interface NewText {
  /** Where `text` begins in the whole text. */
  textAt: number
  text: string
  reasoningAt: number
  reasoning: string
  /** Characters at the beginning of the whole text that the provider marked as a thought. */
  flagged: number
}

/** Who may want to see an answer while it is measured. */
export interface Onlooker {
  /** The call begins; `watch` is told whether somebody looks, at each change. Returns what to call when it is over. */
  begin: (watch: (isWatched: boolean) => void) => () => void
  take: (news: NewText) => void
}

/** What a look at an answer gives; `isOver`: nothing more comes. Null if nothing is new. */
type Look = (isOver: boolean) => NewText | null

/** Looks at an answer that grows, from its beginning on. Nothing is done in between: whoever measures it knows nothing of it. */
export function lookAt(stream: Pick<Stream, 'text' | 'reasoning' | 'flagged'>, key: string | null): Look {
  const [wordsOfText, wordsOfReasoning] = [wholeWords(key), wholeWords(key)]
  const at = { textAt: 0, reasoningAt: 0 }
  return (isOver) => {
    const text = wordsOfText(stream.text, isOver)
    const reasoning = wordsOfReasoning(stream.reasoning, isOver)
    if (text === '' && reasoning === '') return null
    const news = { ...at, text, reasoning, flagged: stream.flagged }
    at.textAt += text.length
    at.reasoningAt += reasoning.length
    return news
  }
}

/** What no form of a key holds: a blank, and a letter of another script unless it masks one (net/key-pattern.ts). */
const isBreak = (char: string): boolean => /[^\x21-\x7e\ud800-\udbff•·●█■＊…]/.test(char)

/** Reads a growing text up to where no key can go on, so that one that comes in pieces is not seen in pieces. */
function wholeWords(key: string | null): (all: string, isOver: boolean) => string {
  let read = 0
  let searched = 0
  return (all, isOver) => {
    let end = all.length
    if (!isOver) while (end > searched && !endsThere(all[end - 1] ?? '', key)) end -= 1
    const hasEnd = isOver || end > searched
    searched = all.length
    if (!hasEnd) return ''
    const words = all.slice(read, end)
    read = end
    return withoutKeysIn(words, [key])
  }
}

const endsThere = (char: string, key: string | null): boolean =>
  isBreak(char) && (key === null || !key.includes(char))

/** How often an answer is looked at, in ms. */
const lookMs = 200

/** Looks of somebody at calls. */
interface Looks {
  begin: (id: number, look: Look) => void
  /** The call is over. */
  finish: (id: number) => void
  /** Nobody looks anymore. */
  end: (id: number) => void
}

/** Looks at calls five times a second, and posts what is new of all of them at once. Without a call it has no timer. */
export function openLooks(post: (news: ({ id: number } & NewText)[]) => void): Looks {
  const looks = new Map<number, Look>()
  let timer: NodeJS.Timeout | null = null
  const tell = (ids: Iterable<number>, isOver = false) => {
    const news = [...ids].flatMap((id) => {
      const seen = looks.get(id)?.(isOver) ?? null
      return seen === null ? [] : [{ id, ...seen }]
    })
    if (news.length > 0) post(news)
  }
  const end = (id: number) => {
    looks.delete(id)
    if (looks.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
  return {
    begin: (id, look) => {
      looks.set(id, look)
      tell([id])
      timer ??= setInterval(() => tell(looks.keys()), lookMs)
    },
    finish: (id) => {
      tell([id], true)
      end(id)
    },
    end,
  }
}

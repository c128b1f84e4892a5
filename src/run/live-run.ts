import type { NewText } from '../probe/live-text.ts'
import type { ProbeRow } from './events.ts'
import { type Had, LiveAnswer, nothing } from './live-answer.ts'

/** What a reader has not had of an answer. */
interface AnswerNews {
  probe: ProbeRow
  /** Where `text` begins in the whole text; more than the reader has had, if something is lost. */
  text_at: number
  text: string
  reasoning_at: number
  reasoning: string
  /** Characters at the beginning of the whole text that are thinking too, as far as can be said. */
  thought: number
  is_over: boolean
}

/** What a reader has not had of a run; `lost`: characters that it was too slow for. */
export interface TextNews {
  answers: AnswerNews[]
  lost: number
}

/** Answers that are over and wait for a slow reader. */
const mostOver = 16

/** A reader of a run: where it is in each answer that is kept. */
class Reader {
  readonly had = new Map<LiveAnswer, Had>()
  #lost = 0
  #bell = Promise.withResolvers<void>()
  readonly ring = (): void => this.#bell.resolve()
  async wait(): Promise<void> {
    await this.#bell.promise
    this.#bell = Promise.withResolvers()
  }

  /** What it has not had of an answer; null if it has had all. */
  take(answer: LiveAnswer): AnswerNews | null {
    const had = this.had.get(answer)
    const { text: textHad, reasoning: reasoningHad, isOver } = had ?? nothing
    const { extent } = answer
    if (extent.text === textHad && extent.reasoning === reasoningHad && extent.isOver === isOver) return null
    const text = answer.text.from(textHad)
    const reasoning = answer.reasoning.from(reasoningHad)
    // Whoever comes late has not lost what was before.
    if (had !== undefined) this.#lost += text.at - textHad + reasoning.at - reasoningHad
    this.had.set(answer, extent)
    const { probe, thought } = answer
    return {
      probe,
      text_at: text.at,
      text: text.text,
      reasoning_at: reasoning.at,
      reasoning: reasoning.text,
      thought,
      is_over: extent.isOver,
    }
  }

  /** How many characters it has lost since it was last told. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }

  /** It is no longer kept. */
  drop(answer: LiveAnswer): void {
    const { text, reasoning } = this.had.get(answer) ?? nothing
    this.#lost += answer.text.end - text + answer.reasoning.end - reasoning
    this.had.delete(answer)
  }
}

/** A run of this process: its answers while somebody reads them. */
export class LiveRun {
  /** By probe, in the order in which they began. */
  readonly #answers = new Map<string, LiveAnswer>()
  /** Calls in hand, each to be told whether somebody reads. */
  readonly #watches = new Set<(isWatched: boolean) => void>()
  readonly #readers = new Set<Reader>()
  #isOver = false

  begin(probe: ProbeRow, watch: (isWatched: boolean) => void): () => void {
    this.#watches.add(watch)
    if (this.#readers.size > 0) watch(true)
    return () => {
      this.#watches.delete(watch)
      this.#finish(probe)
    }
  }

  take(probe: ProbeRow, news: NewText): void {
    if (this.#readers.size === 0) return
    const answer = this.#answers.get(probe.id) ?? new LiveAnswer(probe)
    this.#answers.set(probe.id, answer)
    answer.take(news)
    this.#ring()
  }

  end(): void {
    this.#isOver = true
    this.#ring()
  }

  async *read(signal: AbortSignal): AsyncGenerator<TextNews, void> {
    const reader = this.#enter()
    signal.addEventListener('abort', reader.ring)
    try {
      while (!signal.aborted) {
        const answers = [...this.#answers.values()].flatMap((each) => reader.take(each) ?? [])
        const lost = reader.takeLost()
        if (answers.length > 0 || lost > 0) yield { answers, lost }
        else if (this.#isOver) return
        else await reader.wait()
      }
    } finally {
      signal.removeEventListener('abort', reader.ring)
      this.#leave(reader)
    }
  }

  #enter(): Reader {
    const reader = new Reader()
    for (const answer of this.#answers.values()) if (answer.isOver) reader.had.set(answer, answer.extent)
    this.#readers.add(reader)
    if (this.#readers.size === 1) for (const watch of this.#watches) watch(true)
    return reader
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader)
    if (this.#readers.size > 0) return
    for (const watch of this.#watches) watch(false)
    this.#answers.clear()
  }

  #finish({ id }: ProbeRow): void {
    const answer = this.#answers.get(id)
    if (answer === undefined) return
    answer.isOver = true
    const over = [...this.#answers].filter(([, { isOver }]) => isOver)
    for (const [oldest, dropped] of over.slice(0, -mostOver)) {
      this.#answers.delete(oldest)
      for (const reader of this.#readers) reader.drop(dropped)
    }
    this.#ring()
  }

  #ring(): void {
    for (const { ring } of this.#readers) ring()
  }
}

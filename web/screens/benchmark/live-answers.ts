import type { LiveText } from '../../../src/http/contract.ts'

type News = LiveText['answers'][number]

/** The end of a text, and where that begins in the whole. */
interface Tail {
  at: number
  text: string
}

/** An answer as far as it came. */
export interface LiveAnswer {
  probe: News['probe']
  text: Tail
  reasoning: Tail
  /** Characters at the beginning of the whole text that are thinking. */
  thought: number
  isOver: boolean
}

/** Answers by their probes, each in its place. */
export type LiveAnswers = ReadonlyMap<string, LiveAnswer>

/** Characters of a text that are kept: a card shows the last lines. */
const most = 4_000

/** A text with more of it from a place on; what does not continue it takes its place. */
function grown({ at, text }: Tail, from: number, more: string): Tail {
  const continues = from >= at && from <= at + text.length
  const whole = continues ? { at, text: text.slice(0, from - at) + more } : { at: from, text: more }
  const cut = Math.max(0, whole.text.length - most)
  return { at: whole.at + cut, text: whole.text.slice(cut) }
}

const nothing: Tail = { at: 0, text: '' }

/** Answers with what is new. A call takes the place of one of its provider that is over, so that no other moves. */
export function withNews(answers: LiveAnswers, { answers: all }: LiveText): LiveAnswers {
  const after = [...answers]
  for (const news of all) {
    const { probe } = news
    const own = after.findIndex(([id]) => id === probe.id)
    const free = after.findIndex(([, each]) => each.isOver && each.probe.provider === probe.provider)
    const before = after[own]?.[1]
    const answer: LiveAnswer = {
      probe,
      text: grown(before?.text ?? nothing, news.text_at, news.text),
      reasoning: grown(before?.reasoning ?? nothing, news.reasoning_at, news.reasoning),
      thought: news.thought,
      isOver: news.is_over,
    }
    const place = own === -1 ? free : own
    after.splice(place === -1 ? after.length : place, place === -1 ? 0 : 1, [probe.id, answer])
  }
  return new Map(after)
}

/** Answers whose stream was cut: what is still in hand is told anew. */
export const cut = (answers: LiveAnswers): LiveAnswers =>
  new Map([...answers].map(([id, answer]) => [id, { ...answer, isOver: true }]))

/** What of an answer is thinking, and what is said. */
export function told({ text: { at, text }, reasoning, thought }: LiveAnswer) {
  const end = Math.max(0, thought - at)
  return { thinking: reasoning.text + text.slice(0, end), answer: text.slice(end) }
}

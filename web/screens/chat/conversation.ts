import type { ChatRequest } from '../../api/chat.ts'
import { targetOf } from '../../api/starts.ts'
import { type Answer, asked, isOpen } from './answer.ts'
import { apart } from './events.ts'
import { own } from './search.ts'

/** How models are to answer; what is left out is up to them. */
export interface Wanted {
  system: string
  maxTokens: number | null
  temperature: number | null
  reasoning: 'least' | 'default'
}

/** What was said, and the answer of each who was asked, by their places. */
export interface Turn {
  id: number
  prompt: string
  answers: readonly Answer[]
}

/** The messages that the model at a place is to go on with: its own answers, or those of the only one who gave any. */
export function messagesOf(
  before: readonly Turn[],
  place: number,
  { prompt, system }: { prompt: string; system: string },
): ChatRequest['messages'] {
  const said = before.flatMap(({ prompt: content, answers }) => {
    const answer = answers[place] ?? answers[0]
    const text = answer === undefined ? '' : apart(answer).text
    // What nobody has answered is no part of the conversation.
    return text === ''
      ? []
      : [
          { role: 'user' as const, content },
          { role: 'assistant' as const, content: text },
        ]
  })
  const told = system.trim() === '' ? [] : [{ role: 'system' as const, content: system }]
  return [...told, ...said, { role: 'user', content: prompt }]
}

/** What is sent to a model. */
export const requestOf = (
  { model, messages }: Pick<Answer, 'model' | 'messages'>,
  { maxTokens, temperature, reasoning }: Wanted,
): ChatRequest => ({
  target: model === own ? 'own' : targetOf(model),
  messages,
  ...(maxTokens !== null && { max_tokens: maxTokens }),
  ...(temperature !== null && { temperature }),
  reasoning,
})

/** What a conversation needs of its page. */
interface Parts {
  now: () => number
  /** Calls back with the next picture. */
  nextFrame: (act: () => void) => void
  stream: (
    first: Answer,
    request: ChatRequest,
    listener: { now: () => number; onChange: (answer: Answer) => void; signal: AbortSignal },
  ) => Promise<void>
}

/** A conversation in the memory of this page: it is kept nowhere else, and goes on while another screen is shown. */
export function createConversation({ now, nextFrame, stream }: Parts) {
  let turns: readonly Turn[] = []
  let stop = new AbortController()
  let isDrawn = true
  let ids = 0
  const listeners = new Set<() => void>()
  const draw = () => {
    isDrawn = true
    for (const listener of listeners) listener()
  }
  const set = (next: readonly Turn[]) => {
    turns = next
    // Tokens come faster than pictures.
    if (isDrawn) nextFrame(draw)
    isDrawn = false
  }
  const change = (id: number, place: number, answer: Answer) =>
    set(turns.map((turn) => (turn.id === id ? { ...turn, answers: turn.answers.with(place, answer) } : turn)))
  const ask = (prompt: string, models: readonly string[], wanted: Wanted) => {
    stop = new AbortController()
    const { signal } = stop
    const before = turns
    ids += 1
    const id = ids
    const answers = models.map((model, place) =>
      asked(model, messagesOf(before, place, { prompt, system: wanted.system }), now()),
    )
    set([...before, { id, prompt, answers }])
    for (const [place, answer] of answers.entries()) {
      const onChange = (next: Answer) => change(id, place, next)
      void stream(answer, requestOf(answer, wanted), { now, onChange, signal })
    }
  }
  return {
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    turns: () => turns,
    ask,
    /** The last question once more, instead of its answers. */
    retry: (models: readonly string[], wanted: Wanted) => {
      const last = turns.at(-1)
      if (last === undefined) return
      stop.abort()
      turns = turns.slice(0, -1)
      ask(last.prompt, models, wanted)
    },
    stop: () => stop.abort(),
    clear: () => {
      stop.abort()
      set([])
    },
  }
}

/** Whether an answer is still coming. */
export const isBusy = (turns: readonly Turn[]): boolean => turns.at(-1)?.answers.some(isOpen) ?? false

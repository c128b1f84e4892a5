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
  let keys = 0
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
  /** An answer is another one now; nothing, if it was asked for again or taken away. */
  const change = (changed: Answer) =>
    set(
      turns.map((turn) => ({
        ...turn,
        answers: turn.answers.map((answer) => (answer.key === changed.key ? changed : answer)),
      })),
    )
  const answerOf = (model: string, messages: ChatRequest['messages']): Answer => {
    keys += 1
    return asked({ key: keys, model, messages }, now())
  }
  const start = (answers: readonly Answer[], wanted: Wanted) => {
    for (const answer of answers)
      void stream(answer, requestOf(answer, wanted), { now, onChange: change, signal: stop.signal })
  }
  return {
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    turns: () => turns,
    ask: (prompt: string, models: readonly string[], wanted: Wanted) => {
      const answers = models.map((model, place) =>
        answerOf(model, messagesOf(turns, place, { prompt, system: wanted.system })),
      )
      stop = new AbortController()
      set([...turns, { id: keys, prompt, answers }])
      start(answers, wanted)
    },
    /** Asks the same of the same model once more, for another answer in the place of this one. */
    retry: ({ key, model, messages }: Answer, wanted: Wanted) => {
      const again = answerOf(model, messages)
      if (!isBusy(turns)) stop = new AbortController()
      set(
        turns.map((turn) => ({
          ...turn,
          answers: turn.answers.map((answer) => (answer.key === key ? again : answer)),
        })),
      )
      start([again], wanted)
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

import { ApiProblem, get } from '../../api/client.ts'
import { type ChatRequest, openChat } from '../../api/chat.ts'
import { type Answer, type Failure, isOpen, withPiece } from './answer.ts'
import { pieceOf, readEvents, refusalIn } from './events.ts'

/** Who hears of an answer that comes. */
interface Listener {
  now: () => number
  /** It is another one now. */
  onChange: (answer: Answer) => void
  signal: AbortSignal
}

/** Asks, and tells of the answer as it comes, up to what the server has measured of it. Never rejects. */
export async function stream(first: Answer, request: ChatRequest, listener: Listener): Promise<void> {
  const { signal, onChange } = listener
  let answer = first
  const tell = (change: Partial<Answer>) => {
    answer = { ...answer, ...change }
    onChange(answer)
  }
  try {
    const response = await openChat(request, signal)
    tell({ id: response.headers.get('x-firsttoken-id') })
    if (response.ok) await readAnswer(response, { ...listener, answer: () => answer, tell })
    else tell({ state: 'failed', failure: await refusalOf(response) })
    if (isOpen(answer)) tell({ state: 'done' })
  } catch (error) {
    if (signal.aborted) tell({ state: 'stopped' })
    else tell({ state: 'failed', failure: failureOf(error) })
  }
  if (answer.id === null) return
  const measured = await get('/api/v1/chat/{id}', { params: { id: answer.id } }).catch(() => null)
  tell({ measured })
}

/** What an answer is read with. */
interface Reading extends Listener {
  answer: () => Answer
  tell: (change: Partial<Answer>) => void
}

async function readAnswer(response: Response, { answer, tell, now }: Reading): Promise<void> {
  const take = (data: string) => {
    const piece = pieceOf(data)
    if (piece !== null) tell(withPiece(answer(), piece, now()))
  }
  // A server that does not stream answers in one piece.
  if (response.headers.get('content-type')?.includes('json') === true) return take(await response.text())
  const events = readEvents()
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
    for (const data of events(decoder.decode(part.value, { stream: true }))) take(data)
  for (const data of events('\n')) take(data)
}

const refusalOf = async (response: Response): Promise<Failure> => {
  const { message, code } = refusalIn(await response.text())
  return { status: response.status, kind: code, message }
}

const failureOf = (error: unknown): Failure =>
  error instanceof ApiProblem
    ? { status: error.status, kind: error.kind, message: error.message }
    : { status: null, kind: null, message: 'The connection broke before the answer was complete.' }

import { upgradeWebSocket } from '@hono/node-server'
import type { Context } from 'hono'
import { z } from 'zod'
import { cancelBenchmark } from '../jobs/queue-benchmark.ts'
import type { WebSocket } from 'ws'
import { parseJson } from '../core/json.ts'
import { refuseAccess } from './access.ts'
import type { Api } from './api.ts'
import { cursor, foreignCursor, type Live, names, outlookOf } from './live.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'

const runId = z.uuid()

/** What a client may send. */
const message = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    /** All runs, from now on, without. */
    job_id: runId.nullable().default(null),
    after: cursor.nullable().default(null),
    names,
  }),
  z.strictObject({ type: z.literal('unsubscribe'), job_id: runId.nullable().default(null) }),
  z.strictObject({ type: z.literal('cancel'), job_id: runId }),
  z.strictObject({ type: z.literal('ping') }),
])

type Message = z.output<typeof message>

/** Runs that one socket may watch at once. */
const mostWatched = 20

/** Messages of one socket that wait for their answer, with the runs that it watches. */
const mostUnderWay = 2 * mostWatched

/** How often a client must show that it is there, in ms. */
const aliveMs = 30_000

/** A server that goes away, and a client that does not take what it asked for (RFC 6455, 7.4.1). */
const closes = { goingAway: 1001, policy: 1008 } as const

const how =
  'Send `{"type": "subscribe", "job_id": "...", "after": "..."}` to get the events of a run, or of all runs without `job_id`, as `{id, event, data}`; ' +
  '`unsubscribe`; `{"type": "cancel", "job_id": "..."}`, which needs the admin; and `{"type": "ping"}`.'

/** The events of runs over a WebSocket, which a function cannot keep. */
export function addSocket(api: Api, parts: HttpParts, live: Live): void {
  api.add(
    {
      method: 'get',
      path: '/ws',
      access: 'read',
      upgrade: true,
      tag: 'events',
      summary: 'The events of runs over a WebSocket, and a way to cancel them; on a server alone',
      description: how,
      media: 'application/json',
      also: { 101: 'It is opened' },
    },
    async ({ context }) => {
      if (parts.hosting === 'function')
        return refuse('not_configured', 'a function keeps no WebSocket: GET /api/v1/events streams the same')
      if (context.req.header('upgrade')?.toLowerCase() !== 'websocket')
        return refuse('upgrade_required', 'open this path as a WebSocket', {
          headers: { upgrade: 'websocket', connection: 'Upgrade' },
        })
      const opened = await upgradeWebSocket(() => eventsOf(context, parts, live))(context, () =>
        Promise.resolve(),
      )
      return opened instanceof Response ? opened : refuse('upgrade_required', 'this is no WebSocket')
    },
  )
}

/** What happens to a socket of a client. */
function eventsOf(context: Context, parts: HttpParts, live: Live) {
  let client: Client | null = null
  const mayCancel = () => refuseAccess({ access: 'admin', upgrade: true }, context, parts.access) === null
  return {
    onOpen: (_: unknown, { raw }: { raw?: unknown }) => {
      client = new Client(raw as WebSocket, { parts, live, mayCancel })
    },
    onMessage: ({ data }: { data: unknown }) => void client?.take(data),
    onClose: () => client?.leave(),
  }
}

interface ClientParts {
  parts: HttpParts
  live: Live
  /** Asked at each cancel: a token may have come with the upgrade. */
  mayCancel: () => boolean
}

const textOf = ({ id = null, event, json }: { id?: string | null; event: string; json: string }): string =>
  `{"id":${JSON.stringify(id)},"event":"${event}","data":${json}}`

/** A client that watches runs. Of each of them it is sent one event at a time, when it has taken the one before. */
class Client {
  readonly #socket: WebSocket
  readonly #parts: ClientParts
  readonly #watched = new Map<string | null, AbortController>()
  readonly #timer: NodeJS.Timeout
  #isAlive = true
  #underWay = 0

  constructor(socket: WebSocket, parts: ClientParts) {
    this.#socket = socket
    this.#parts = parts
    const { closing } = parts.parts
    socket.on('pong', () => (this.#isAlive = true))
    this.#timer = setInterval(() => this.#check(), aliveMs).unref()
    closing.addEventListener('abort', this.#goAway)
    if (closing.aborted) this.#goAway()
  }

  /** Does what a message asks for; a client that asks for more than it takes is sent away. */
  async take(data: unknown): Promise<void> {
    this.#isAlive = true
    if (this.#underWay >= mostUnderWay) return this.#socket.close(closes.policy, 'too many messages')
    this.#underWay += 1
    await this.#answer(data)
    this.#underWay -= 1
  }

  async #answer(data: unknown): Promise<void> {
    const parsed = message.safeParse(typeof data === 'string' ? parseJson(data) : null)
    if (!parsed.success) return this.#refuse('this is no message: see the description of /api/v1/ws')
    const asked = parsed.data
    switch (asked.type) {
      case 'ping':
        return this.#send({ event: 'pong', data: {} })
      case 'unsubscribe':
        return this.#watched.get(asked.job_id)?.abort()
      case 'cancel':
        return this.#cancel(asked.job_id)
      case 'subscribe':
        return this.#watch(asked)
    }
  }

  /** Ends what it watches. */
  leave(): void {
    clearInterval(this.#timer)
    this.#parts.parts.closing.removeEventListener('abort', this.#goAway)
    for (const watching of this.#watched.values()) watching.abort()
  }

  async #watch({
    job_id: job,
    after,
    names: naming,
  }: Extract<Message, { type: 'subscribe' }>): Promise<void> {
    if (this.#watched.has(job)) return this.#refuse('this is watched already')
    if (this.#watched.size >= mostWatched) return this.#refuse(`a socket watches ${mostWatched} runs at most`)
    const { parts, live } = this.#parts
    const ended = new AbortController()
    this.#watched.set(job, ended)
    try {
      const outlook = await outlookOf({ runId: job, after }, await parts.openStore())
      if (outlook === 'foreign') return await this.#refuse(foreignCursor)
      if (outlook === 'over') return await this.#send({ event: 'run_over', data: { job_id: job } })
      const watching = { runId: job, only: null, after, naming, signal: ended.signal }
      for await (const frame of live(watching)) await this.#sendText(textOf(frame))
    } catch (error) {
      parts.app.log.warn({ err: error }, 'a socket cannot watch a run')
      await this.#refuse(
        'this run cannot be watched: there is none of this id, or the database does not answer',
      )
    } finally {
      this.#watched.delete(job)
    }
  }

  async #cancel(job: string): Promise<void> {
    const { parts, mayCancel } = this.#parts
    if (!mayCancel()) return this.#refuse('to cancel needs the token of the admin')
    try {
      const cancelled = await cancelBenchmark(job, parts.app, { store: await parts.openStore() })
      if ('refusal' in cancelled) await this.#refuse(cancelled.refusal.message)
    } catch (error) {
      parts.app.log.error({ err: error }, 'a run could not be cancelled')
      await this.#refuse('the run could not be cancelled now; the log says more')
    }
  }

  #refuse(detail: string): Promise<void> {
    return this.#send({ event: 'problem', data: { detail } })
  }

  #send({ event, data }: { event: string; data: unknown }): Promise<void> {
    return this.#sendText(textOf({ event, json: JSON.stringify(data) }))
  }

  /** Sends, and waits until it is on its way. */
  #sendText(text: string): Promise<void> {
    return new Promise((done) => {
      // Who is gone is told nothing, and `close` ends the rest.
      this.#socket.send(text, () => done())
    })
  }

  /** Ends the connection of a client that is gone, or takes nothing. */
  #check(): void {
    if (!this.#isAlive) return this.#socket.terminate()
    this.#isAlive = false
    this.#socket.ping()
  }

  readonly #goAway = (): void => {
    this.#socket.close(closes.goingAway, 'the server ends')
    setTimeout(() => this.#socket.terminate(), 500).unref()
  }
}

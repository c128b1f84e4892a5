import type { Context } from 'hono'
import { z } from 'zod'
import { providers } from '../registry/providers.ts'
import type { Api } from './api.ts'
import { eventStream } from './event-stream.ts'
import { cursor, foreignCursor, type Live, names, openLive, outlookOf, type Watching } from './live.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { addSocket } from './socket.ts'

const query = { after: cursor.nullable().default(null), names }
const about = { method: 'get', access: 'read', tag: 'events', media: 'text/event-stream' } as const
const how =
  'Server-sent events. `id` is a cursor: whoever is cut off goes on with the header Last-Event-ID, or with `after`, and misses nothing. ' +
  'A cursor of another database is refused. A comment comes every 15 s. A function ends the stream before its time is up: come again.'

/** The events of runs as they happen. */
export function addEvents(api: Api, parts: HttpParts): void {
  const live = liveOf(parts)
  api.add(
    {
      ...about,
      path: '/benchmarks/{id}/events',
      summary: 'The events of a run, from its first or after a cursor, to its last',
      description: `${how} After the last event the stream ends; to come again is then answered by 204, which ends it for good.`,
      params: { id: z.uuid() },
      query,
      also: { 204: 'The run is over, and there is nothing after the cursor' },
    },
    async ({ params: { id: runId }, query: { after: given, names: naming }, context }) => {
      const after = afterOf(context, given)
      if (after instanceof Response) return after
      const outlook = await outlookOf({ runId, after }, await parts.openStore())
      if (outlook === 'foreign') return refuse('invalid_request', foreignCursor)
      if (outlook === 'over') return new Response(null, { status: 204 })
      return streamOf({ runId, only: null, after, naming }, { parts, live })
    },
  )
  api.add(
    {
      ...about,
      path: '/events',
      summary: 'The events of all runs, those of a schedule too, from now on or after a cursor',
      description: `${how} \`jobs\` names the runs that matter, separated by commas. Without it \`incidents_changed\` comes whenever incidents may have changed, without an \`id\` and without content: read them anew. Databases that cannot notify, as Supabase over its API, never say so.`,
      query: {
        ...query,
        jobs: z
          .string()
          .transform((text) => text.split(','))
          .pipe(z.array(z.uuid()).max(100))
          .nullable()
          .default(null),
      },
    },
    async ({ query: { after: given, names: naming, jobs }, context }) => {
      const after = afterOf(context, given)
      if (after instanceof Response) return after
      if ((await outlookOf({ runId: null, after }, await parts.openStore())) === 'foreign')
        return refuse('invalid_request', foreignCursor)
      const only = jobs === null ? null : new Set(jobs)
      return streamOf({ runId: null, only, after, naming }, { parts, live })
    },
  )
  addSocket(api, parts, live)
}

/** Makes the frames of one application. */
export function liveOf(parts: HttpParts): Live {
  let displayed: ReadonlyMap<string, string> | null = null
  const read = () => {
    const entries = [...providers, ...parts.configured().map(({ entry }) => entry)]
    return new Map(entries.map(({ id, name }) => [id, name]))
  }
  return openLive(parts, (provider) => (displayed ??= read()).get(provider) ?? provider)
}

/** Answers with what is watched. */
export const streamOf = (
  watching: Omit<Watching, 'signal'>,
  { parts, live, headers }: { parts: HttpParts; live: Live; headers?: Record<string, string> },
): Response =>
  eventStream({
    frames: (signal) => live({ ...watching, signal }),
    closing: parts.closing,
    onError: (error) => parts.app.log.error({ err: error }, 'a stream of events failed'),
    ...(headers && { headers }),
  })

/** After which event a reader goes on: what a browser says when it comes again wins over the address. */
function afterOf({ req }: Context, given: string | null): string | null | Response {
  const header = req.header('last-event-id')
  if (header === undefined || header === '') return given
  if (cursor.safeParse(header).success) return header
  return refuse('invalid_request', 'the header Last-Event-ID is no cursor of an event, such as 1234-56')
}

// How a resource is added: one file in src/http, which exports
//
//   export const addRuns = (api: Api, { openStore }: HttpParts): void => {
//     api.add(
//       {
//         method: 'get',
//         path: '/runs/{id}',                    below /api/v1
//         access: 'read',                        public | read | admin: it does not compile without
//         tag: 'runs',
//         summary: 'One run in full',
//         params: { id: z.uuid() },              in the path, as texts
//         query: { texts: z.stringbool() },      unknown ones are refused
//         body: z.strictObject({ ... }),         JSON; strict, and required
//         answer: runRow,                        the JSON of a 200, or of another `status`; without it 204
//       },
//       async ({ params, query, body, context }) => (await openStore()).readRun(params),
//     )
//   }
//
// and whose function is named in `resources` of src/http/http.ts. A handler gives the answer as data; or a Response of its
// own, for a stream (`media` names its content type, such as 'text/event-stream'), an ETag or a problem
// (`refuse('not_found', ...)`). It may reject with StoreError, which becomes 404, 400 or 503. Give a schema a name
// with `.meta({ id: 'Run' })`. The description at /api/v1/openapi.json, docs/api.md and the table of access that test/http/access.test.ts
// goes through come from the definition.
import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import type { App } from '../jobs/app.ts'
import { json } from '../store/read-codec.ts'
import { StoreError } from '../store/store.ts'
import { type Access, type AccessLevel, refuseAccess } from './access.ts'
import { limitBody } from './body.ts'
import { taggedJson } from './etag.ts'
import { apiPath } from './paths.ts'
import { problemDetails, problemType, refuse, refuseForStore, refuseInvalid } from './problem-details.ts'

/** Parameters by name, each as a schema of text. */
type Shape = Readonly<Record<string, z.ZodType>>

/** A route of the API. */
interface Route<Params extends Shape, Query extends Shape, Body extends z.ZodType, Answer extends z.ZodType> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Below /api/v1, with parameters in braces: `/runs/{id}`. */
  path: `/${string}`
  /** The path is whole, and not below /api/v1. */
  isWhole?: true
  access: AccessLevel
  /** A WebSocket is opened here: the origin of the page is checked as that of a change is. */
  upgrade?: boolean
  /** The resource, by which the reference groups. */
  tag: string
  summary: string
  description?: string
  params?: Params
  query?: Query
  body?: Body
  /** The longest body, in bytes, if it is not as usual. */
  mostBytes?: number
  /** The JSON of the answer. Without it a handler gives a Response, or null for a 204. */
  answer?: Answer
  /** The content types of a Response of its own. */
  media?: string | readonly string[]
  /** 200 by default, 204 if there is no body. */
  status?: 200 | 201 | 202 | 204
  /** What other statuses than that and the problems mean. */
  also?: Readonly<Record<number, string>>
}

/** What a handler is given: what the schemas made of the request, and the request. */
interface Asked<Params extends Shape, Query extends Shape, Body extends z.ZodType> {
  params: z.output<z.ZodObject<Params>>
  query: z.output<z.ZodObject<Query>>
  body: z.output<Body>
  context: Context
}

/** What a handler gives. */
type Given<Answer extends z.ZodType> = Response | z.input<Answer>

/** What the table of access needs to know of a route; `path` is whole. */
interface KnownRoute {
  method: string
  path: string
  access: AccessLevel
  /** Whether its origin is checked as that of a change is. */
  upgrade: boolean
  /** The JSON of its answer; null if it has none. */
  answer: z.ZodType | null
}

/** The API to which resources add their routes. */
export interface Api {
  hono: OpenAPIHono
  routes: KnownRoute[]
  add: <
    Answer extends z.ZodType = z.ZodNull,
    Params extends Shape = Shape,
    Query extends Shape = Shape,
    Body extends z.ZodType = z.ZodUndefined,
  >(
    route: Route<Params, Query, Body, Answer>,
    handle: (asked: Asked<Params, Query, Body>) => Given<Answer> | Promise<Given<Answer>>,
  ) => void
}

/** The longest body, in bytes. */
const usualBytes = 256 * 1024

/** An API without routes. */
export function createApi({ app, access }: { app: App; access: Access }): Api {
  const hono = new OpenAPIHono({
    defaultHook: (result) => (result.success ? undefined : refuseInvalid(result.error, result.target)),
  })
  hono.onError((error) => answerError(error, app))
  const routes: KnownRoute[] = []
  return {
    hono,
    routes,
    add: (route, handle) => {
      const { method, upgrade = false, mostBytes = usualBytes } = route
      const path = route.isWhole ? route.path : `${apiPath}${route.path}`
      routes.push({ method, path, access: route.access, upgrade, answer: route.answer ?? null })
      const guard = (context: Context, next: () => Promise<void>) => {
        const refused = refuseAccess(route, context, access)
        return refused === null ? next() : Promise.resolve(refused)
      }
      hono.openapi(
        createRoute({ ...described(route), method, path, middleware: [guard, limitBody(mostBytes)] }),
        async (context): Promise<never> => {
          const { req } = context as unknown as { req: { valid: (target: string) => never } }
          const given = await handle({
            params: req.valid('param'),
            query: req.valid('query'),
            body: route.body === undefined ? (undefined as never) : req.valid('json'),
            context,
          })
          // Its type is that of one status, which problems have not.
          return responseOf(given, route, context) as never
        },
      )
    },
  }
}

/** Whether an answer has an ETag: that of every read. */
const isTagged = ({ method, access, answer }: { method: string; access: AccessLevel; answer?: unknown }) =>
  method === 'get' && access === 'read' && answer !== undefined

/** What a handler gave, as a response. */
function responseOf(
  given: unknown,
  {
    method,
    answer,
    access,
    status = 200,
  }: { method: string; access: AccessLevel; answer?: unknown; status?: number },
  context: Context,
): Response {
  if (given instanceof Response) return given
  if (given === null && answer === undefined) return new Response(null, { status: 204 })
  if (isTagged({ method, access, answer })) return taggedJson(context, given)
  return Response.json(given, { status, headers: { 'cache-control': 'no-store' } })
}

/** What a description says of an answer of this content type: JSON that is streamed may be any. */
const schemaOf = (type: string): z.ZodType => (type === 'application/json' ? z.unknown() : z.string())

type AnyRoute = Route<Shape, Shape, z.ZodType, z.ZodType>

/** A route as OpenAPI describes it. */
function described(route: AnyRoute) {
  const { tag, summary, description, params, query, body, access } = route
  return {
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    'x-access': access,
    security: access === 'public' ? [] : [{ bearer: [] }, { session: [] }],
    request: {
      params: z.strictObject(params ?? {}),
      query: z.strictObject(query ?? {}),
      ...(body && { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: responsesOf(route),
  }
}

/** What a route may answer, by status. */
function responsesOf(route: AnyRoute) {
  const { summary, answer, media, status, also } = route
  const content = {
    ...(answer && { 'application/json': { schema: answer } }),
    ...Object.fromEntries([media ?? []].flat().map((type) => [type, { schema: schemaOf(type) }])),
  }
  const hasBody = Object.keys(content).length > 0
  return {
    [status ?? (hasBody ? 200 : 204)]: { description: summary, ...(hasBody && { content }) },
    ...(isTagged(route) && { 304: { description: 'The caller has this answer' } }),
    ...Object.fromEntries(Object.entries(also ?? {}).map(([code, text]) => [code, { description: text }])),
    default: { description: 'A problem', content: { [problemType]: { schema: problemDetails } } },
  }
}

/** Answers what a handler or a validator has thrown; nobody is told an exception's text. */
function answerError(error: Error, { log }: Pick<App, 'log'>): Response {
  if (error instanceof StoreError) return refuseForStore(error, log)
  if (error instanceof HTTPException && error.status === 400)
    return refuse('invalid_json', 'the body cannot be read as JSON')
  if (error instanceof HTTPException && error.status === 415)
    return refuse('unsupported_media_type', 'send the header Content-Type: application/json')
  log.error({ error: error.stack }, 'a request failed')
  return refuse('bug', 'the log says what failed')
}

/** What a description is. */
export const openapi = z.record(z.string(), json)

/** The description of the API, OpenAPI 3.1. */
export const describe = ({ hono }: Api, version: string) =>
  hono.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'firsttoken',
      version,
      description:
        'Measure LLM APIs: latency, TTFT, tokens per second, status and cost. docs/api.md says more.',
    },
    servers: [{ url: '/' }],
  })

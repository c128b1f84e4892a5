import type { Logger } from 'pino'
import { z } from 'zod'
import { opening } from './shared-store.ts'
import { isUnreachableKind, noSuchRow, ourConflict, type StoreError } from '../store/store.ts'

/** Everything that can be wrong with a request to /api/v1, or with us, with its status and title. */
export const kinds = {
  invalid_json: [400, 'The body is not JSON'],
  invalid_request: [400, 'The request does not fit the description of this endpoint'],
  bad_selection: [400, 'These calls cannot be made'],
  endpoint_refused: [400, 'This endpoint cannot be called'],
  unauthorized: [401, 'A token is needed'],
  forbidden: [403, 'This is not allowed'],
  origin_refused: [403, 'Changes from that page are refused'],
  not_found: [404, 'There is nothing here'],
  method_not_allowed: [405, 'This path does not take that method'],
  conflict: [409, 'This cannot be done now'],
  key_reused: [409, 'This idempotency key was used for another request'],
  too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body has another content type'],
  wrong_host: [421, 'This server does not answer to that name'],
  cost_unknown: [422, 'Nobody knows what this costs'],
  too_costly: [422, 'This may cost more than a dollar'],
  over_max_cost: [422, 'This may cost more than is allowed'],
  upgrade_required: [426, 'A WebSocket is opened here'],
  too_many_failures: [429, 'Too many wrong tokens'],
  rate_limited: [429, 'Too many requests'],
  queue_full: [429, 'Too many runs wait'],
  budget_spent: [429, 'The budget is used up'],
  not_configured: [503, 'This installation lacks a setting'],
  store_unavailable: [503, 'The database cannot be reached now'],
  store_failed: [500, 'The database does not do what it should'],
  provider_failed: [502, 'No provider answered as it should'],
  bug: [500, 'The request failed because of a bug'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>

/** What is wrong. */
export type ProblemKind = keyof typeof kinds

/** One part of a request that is wrong: where, as a JSON pointer into the body or by the parameter's name, and why. */
const invalidPart = z.strictObject({
  pointer: z.string().optional(),
  parameter: z.string().optional(),
  detail: z.string(),
})

/** One part of a request that is wrong. */
type InvalidPart = z.infer<typeof invalidPart>

/** An error as RFC 9457 has it: what every path of /api/v1 answers if it does not do what was asked. */
export const problemDetails = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(invalidPart).optional(),
  })
  .meta({ id: 'Problem' })

/** The content type of a problem. */
export const problemType = 'application/problem+json'

/** What else a problem says. */
interface More {
  errors?: InvalidPart[]
  headers?: Record<string, string>
}

/** Answers with a problem. `detail` says what happened, to what, and what to do; it holds no secret. */
export function refuse(kind: ProblemKind, detail: string, { errors, headers }: More = {}): Response {
  const [status, title] = kinds[kind]
  const body: z.infer<typeof problemDetails> = {
    type: `urn:firsttoken:problem:${kind}`,
    title,
    status,
    detail,
    ...(errors && { errors }),
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': problemType, 'cache-control': 'no-store', ...headers },
  })
}

/** How long a client may wait for the database before it tries again, in s. */
const retryAfterS = 2

/** Raised by our functions for a value that they cannot take; the message says which. */
const ourRefusal = '22023'

/** Answers and logs a failure of the store. Its message may name hosts, so only those of our own functions are shown. */
export function refuseForStore(error: StoreError, log: Logger): Response {
  const { kind, code } = error
  // Without the name of the function, which is no word of the API.
  const message = error.message.replace(/^[a-z]+(?:_[a-z]+)+: /, '')
  if (code === noSuchRow) return refuse('not_found', message)
  if (code === ourConflict) return refuse('conflict', message)
  if (code === ourRefusal) return refuse('invalid_request', message)
  if (code?.startsWith('22')) return refuse('invalid_request', 'the database cannot take one of these values')
  const later = { headers: { 'retry-after': String(retryAfterS) } }
  if (code === opening) return refuse('store_unavailable', message, later)
  log.error({ kind, code }, error.message)
  if (isUnreachableKind(kind))
    return refuse('store_unavailable', 'the database does not answer now; the log says more', later)
  return refuse('store_failed', `the database refuses (${kind}); the log says more`)
}

/** Answers a request that its schemas refuse. */
export function refuseInvalid(error: z.core.$ZodError, target: string): Response {
  const errors = error.issues.flatMap((issue) => partsOf(issue, target))
  const [first] = errors
  const where = first?.pointer ?? first?.parameter
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return refuse(
    'invalid_request',
    `${where ? `${where}: ` : ''}${first?.detail ?? 'cannot be used'}${more}`,
    {
      errors,
    },
  )
}

function partsOf(issue: z.core.$ZodIssue, target: string): InvalidPart[] {
  const at = (path: readonly PropertyKey[], detail: string): InvalidPart =>
    target === 'json'
      ? { pointer: pointerOf(path), detail }
      : { parameter: path.map(String).join('.'), detail }
  if (issue.code === 'invalid_union') {
    const within = withinUnion(issue)
    if (within !== null) return within.flatMap((inner) => partsOf(inner, target))
  }
  if (issue.code !== 'unrecognized_keys') return [at(issue.path, issue.message)]
  return issue.keys.map((key) => at([...issue.path, key], 'there is no such field'))
}

/** What is wrong within a value that has one of several forms; null if it has none of them. */
function withinUnion({ errors, path }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | null {
  const meant = errors.find((issues) =>
    issues.every(({ code, path: within }) => within.length > 0 || !/^invalid_(type|value)$/.test(code)),
  )
  return meant?.map((inner) => ({ ...inner, path: [...path, ...inner.path] })) ?? null
}

/** RFC 6901. */
const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

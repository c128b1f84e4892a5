import type { Answers } from '../../src/http/contract.ts'

type Endpoint = keyof Answers
/** The paths that a method has. */
export type PathOf<Method extends string> = Endpoint extends infer Each
  ? Each extends `${Method} ${infer Path}`
    ? Path
    : never
  : never
type Change = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What `method path` answers. */
export type Answer<Of extends Endpoint> = Answers[Of]

/** What the path and the query of a request hold; a null is left out. */
export interface Asked {
  /** The parts of the path in braces. */
  params?: Readonly<Record<string, string>>
  query?: Readonly<Record<string, string | number | boolean | null | undefined>>
  signal?: AbortSignal
}

/** A request that was refused, as RFC 9457 describes it, or that was not answered at all (`status` 0). */
export class ApiProblem extends Error {
  readonly status: number
  /** The kind of problem: `rate_limited`; `offline` if nobody answered. */
  readonly kind: string
  /** Seconds to wait before the next try; null if the server does not say. */
  readonly retryAfterS: number | null
  readonly errors: readonly { pointer?: string; parameter?: string; detail: string }[]
  constructor(given: Pick<ApiProblem, 'status' | 'kind' | 'retryAfterS' | 'errors'> & { detail: string }) {
    super(given.detail)
    this.name = 'ApiProblem'
    this.status = given.status
    this.kind = given.kind
    this.retryAfterS = given.retryAfterS
    this.errors = given.errors
  }
  /** Whether a token would help. */
  get isDenied(): boolean {
    return this.status === 401 || this.status === 403
  }
  get isOffline(): boolean {
    return this.status === 0
  }
}

/** Whether what was asked for is not there, or is there no more. */
export const isMissing = (error: Error | null): boolean => error instanceof ApiProblem && error.status === 404

/** Reads. Rejects with ApiProblem. */
export const get = <Path extends PathOf<'GET'>>(
  path: Path,
  asked: Asked = {},
): Promise<Answers[`GET ${Path}`]> => request('GET', path, asked) as Promise<Answers[`GET ${Path}`]>

/** Changes. Rejects with ApiProblem. */
export const send = <Method extends Change, Path extends PathOf<Method>>(
  method: Method,
  path: Path,
  asked: Asked & { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answers[`${Method} ${Path}` & Endpoint]> =>
  request(method, path, asked) as Promise<Answers[`${Method} ${Path}` & Endpoint]>

/** The address of a path with its parameters, for links and streams too. */
export function urlOf(path: string, { params = {}, query = {} }: Asked = {}): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  return given.length === 0 ? filled : `${filled}?${new URLSearchParams(given).toString()}`
}

async function request(
  method: string,
  path: string,
  asked: Asked & { body?: unknown; headers?: Record<string, string> },
): Promise<unknown> {
  const { body, headers = {}, signal } = asked
  const url = urlOf(path, asked)
  const response = await (
    takeEarly(url) ??
    fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  ).catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    throw noAnswer
  })
  if (response.status === 204) return null
  if (!response.ok) throw await problemOf(response)
  return response.json().catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    throw noAnswerOfOurs(response.status)
  })
}

/** What public/early.js asked for before this program was there; it is taken once. */
function takeEarly(url: string): Promise<Response> | null {
  const { early } = globalThis as { early?: { url: string; response: Promise<Response> } | undefined }
  if (early?.url !== url) return null
  Object.assign(globalThis, { early: undefined })
  return early.response
}

const noAnswer = new ApiProblem({
  status: 0,
  kind: 'offline',
  detail: 'The server does not answer. Check that it runs and that you are online.',
  retryAfterS: null,
  errors: [],
})

/** A proxy that wants a sign-in answers so, and a server that is stopped in the middle of an answer. */
const noAnswerOfOurs = (status: number): ApiProblem =>
  new ApiProblem({
    status,
    kind: 'not_understood',
    detail:
      'The answer is not one of this server, or was cut off. Try again, and look for a proxy in between.',
    retryAfterS: null,
    errors: [],
  })

/** Why a request was refused. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const said = (await response.json().catch(() => null)) as Partial<{
    type: string
    title: string
    detail: string
    errors: ApiProblem['errors']
  }> | null
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new ApiProblem({
    status: response.status,
    kind: said?.type?.split(':').at(-1) ?? 'unknown',
    detail: said?.detail ?? said?.title ?? `The server answered ${response.status}.`,
    retryAfterS: Number.isFinite(wait) ? wait : null,
    errors: said?.errors ?? [],
  })
}

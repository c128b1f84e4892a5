import { codeOf, messageOf } from '../core/error.ts'
import { asObject, parseJson } from '../core/json.ts'
import { type CallFunction, createStore } from './functions.ts'
import { toStoreError } from './sql-errors.ts'
import { isDatabaseCode, type Store, StoreError, type StoreErrorKind } from './store.ts'

/**
 * The longest that one call may take, in ms, including its body; supabase-js' own limit ends with the
 * headers.
 */
const defaultTimeoutMs = 10_000

/** Where the project is, and its secret key. */
export interface RpcOptions {
  url: string
  key: string
  /** The global one by default. */
  fetch?: typeof fetch
  timeoutMs?: number
}

/**
 * A store over supabase-js, which needs HTTP only: `POST {url}/rest/v1/rpc/{function}`; `wrap` adds retries.
 */
export async function createRpcStore(
  options: RpcOptions,
  wrap: (call: CallFunction) => CallFunction = (call) => call,
): Promise<Store> {
  const { createClient } = await import('@supabase/supabase-js')
  const client = createClient(options.url, options.key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: {
      fetch: keptAtHome(withTimeout(options.fetch ?? fetch, options.timeoutMs ?? defaultTimeoutMs)),
    },
  })
  const call: CallFunction = async (name, input) => {
    const response = await client.rpc(name, { input })
    if (response.error === null) return response.data
    throw fromResponse(name, response.status, withoutKey(response.error, options.key))
  }
  return createStore(wrap(call), () => Promise.resolve())
}

const withTimeout =
  (send: typeof fetch, timeoutMs: number): typeof fetch =>
  async (input, init = {}) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
    return asAnswered(await send(input, { ...init, signal }))
  }

/**
 * An answer that the client cannot mistake: it takes a 404 whose body is empty or a list, `null` with any
 * status, and a 200 without a body for success (supabase/postgrest-js#295). What stands in front of the
 * project may answer anything at all.
 */
async function asAnswered(response: Response): Promise<Response> {
  const { status, statusText, headers, ok } = response
  const body = await response.text()
  if (ok && body.trim() === '') throw new Error(`HTTP ${status} without a body`)
  const text = ok ? body : JSON.stringify(problemIn(body))
  const kept = ['content-type', 'location'].flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value] as [string, string]]
  })
  return new Response(text, { status, statusText, headers: kept })
}

/**
 * The database's code in the body of a refusal, and its message; the whole body if it has none. A gateway has
 * codes of its own.
 */
function problemIn(body: string): { code: string; message: string } {
  const { code, message } = asObject(parseJson(body)) ?? {}
  return {
    code: typeof code === 'string' && isDatabaseCode(code) ? code : '',
    message: typeof message === 'string' ? message : body,
  }
}

/**
 * Follows no redirect, which would send the key to where it points. A redirect, and a failure that has a code
 * of ours, become an answer with a code: the client keeps that, and nothing of an error that is thrown.
 */
const keptAtHome =
  (send: typeof fetch): typeof fetch =>
  async (input, init) => {
    try {
      const response = await send(input, { ...init, redirect: 'manual' })
      const target = response.headers.get('location')
      if (response.status < 300 || response.status >= 400 || target === null) return response
      return refused('REDIRECTED', whereTo(target, input instanceof Request ? input.url : String(input)))
    } catch (error) {
      const code = codeOf(error) ?? ''
      if (!code.startsWith('PROXY_')) throw error
      return refused(code, messageOf(error))
    }
  }

const refused = (code: string, message: string) => Response.json({ code, message }, { status: 400 })

/** What to set instead of a URL that redirects. */
function whereTo(target: string, from: string): string {
  const url = URL.canParse(target, from) ? new URL(target, from) : null
  const base = url && `${url.origin}${url.pathname.replace(/(\/rest\/v1\b.*|\/)$/, '')}`
  return (
    `the address of SUPABASE_URL redirects to ${base?.slice(0, 200) ?? 'something that is no URL'}, ` +
    'where the key is not sent: set SUPABASE_URL to the URL at which the project itself answers'
  )
}

/** An error as the client reports it. */
interface ReportedError {
  code?: string
  message?: string
}

/** A proxy's error page may repeat the request. */
const withoutKey = ({ code = '', message = '' }: ReportedError, key: string) => ({
  code,
  message: message.replaceAll(key, '[key]'),
})

/**
 * An error of PostgREST has a code; one of a proxy has only its status; status 0 means that there was no
 * response.
 */
function fromResponse(doing: string, status: number, error: { code: string; message: string }): StoreError {
  const { code, message } = error
  if (code !== '') return toStoreError(doing, { code, message }, error)
  const kind = status === 0 ? kindOfSilence(message) : kindOfStatus(status)
  const text =
    status === 0
      ? `the project could not be reached (${message}): check SUPABASE_URL and the network`
      : `HTTP ${status}${start(message)}`
  return toStoreError(doing, { kind, code: null, message: text }, error)
}

const kindOfSilence = (message: string): StoreErrorKind =>
  /^(TimeoutError|AbortError)/.test(message) ? 'timeout' : 'unavailable'

/**
 * The kind of an answer without a code: the database has judged nothing. Whatever stands in front of it may
 * let the next call through (a firewall's 403, 402 and 540 of a project that is restricted or paused, a login
 * page with a 200), unless it wants another key, knows no such address, or takes no body of that size.
 */
const kindOfStatus = (status: number): StoreErrorKind => statusKinds[status] ?? 'unavailable'

const statusKinds: Readonly<Record<number, StoreErrorKind>> = {
  401: 'denied',
  404: 'missing',
  405: 'missing',
  407: 'denied',
  408: 'timeout',
  410: 'missing',
  413: 'too_large',
  504: 'timeout',
  522: 'timeout',
  524: 'timeout',
}

/** The beginning of an untrusted body, such as a page of HTML. */
const start = (body: string) =>
  body === '' ? '' : `: ${body.length > 200 ? `${body.slice(0, 200)}…` : body}`

import { type CallFunction, createStore } from './functions.ts'
import { toStoreError } from './sql-errors.ts'
import { type Store, StoreError, type StoreErrorKind } from './store.ts'

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
    global: { fetch: withTimeout(options.fetch ?? fetch, options.timeoutMs ?? defaultTimeoutMs) },
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
  (input, init = {}) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
    return send(input, { ...init, signal })
  }

/** An error as the client reports it: a proxy between the project and us may have sent any JSON at all. */
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

function kindOfStatus(status: number): StoreErrorKind {
  if (status === 401 || status === 403) return 'denied'
  if (status === 408 || status === 504) return 'timeout'
  return status === 429 || status >= 500 ? 'unavailable' : 'invalid'
}

/** The beginning of an untrusted body, such as a page of HTML. */
const start = (body: string) =>
  body === '' ? '' : `: ${body.length > 200 ? `${body.slice(0, 200)}…` : body}`

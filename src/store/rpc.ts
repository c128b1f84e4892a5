import { toStoreError } from './errors.ts'
import { createStore } from './functions.ts'
import { type Store, StoreError, type StoreErrorKind } from './store.ts'

/** How long one call may take, its body included, in ms. supabase-js' own limit ends with the headers. */
const defaultTimeoutMs = 10_000

/** Where the project is, and its secret key. */
export interface RpcOptions {
  url: string
  key: string
  /** The machine's own unless given. */
  fetch?: typeof fetch
  timeoutMs?: number
}

/** A store over supabase-js, for where only HTTP goes: `POST {url}/rest/v1/rpc/{function}`. */
export async function createRpcStore(options: RpcOptions): Promise<Store> {
  const { createClient } = await import('@supabase/supabase-js')
  const client = createClient(options.url, options.key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch: withTimeout(options.fetch ?? fetch, options.timeoutMs ?? defaultTimeoutMs) },
  })
  return createStore(
    async (name, input) => {
      const answer = await client.rpc(name, { input })
      if (answer.error === null) return answer.data
      throw fromAnswer(name, answer.status, withoutKey(answer.error, options.key))
    },
    () => Promise.resolve(),
  )
}

const withTimeout =
  (send: typeof fetch, timeoutMs: number): typeof fetch =>
  (input, init = {}) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
    return send(input, { ...init, signal })
  }

/** An error as the client has it: somebody between the project and us may have answered with any JSON at all. */
interface Answered {
  code?: string
  message?: string
}

/** Whoever answered may repeat what he was sent. */
const withoutKey = ({ code = '', message = '' }: Answered, key: string) => ({
  code,
  message: message.replaceAll(key, '[key]'),
})

/** What PostgREST, or somebody between it and us, says: an error body has a code, anything else only a status; 0 is no answer. */
function fromAnswer(doing: string, status: number, error: { code: string; message: string }): StoreError {
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

/** The beginning of a body that nobody vouches for, a page of HTML for instance. */
const start = (body: string) =>
  body === '' ? '' : `: ${body.length > 200 ? `${body.slice(0, 200)}…` : body}`

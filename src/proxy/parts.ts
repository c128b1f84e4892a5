import type { IncomingHttpHeaders } from 'node:http'
import type https from 'node:https'
import type { Clock } from '../core/clock.ts'
import type { Price } from '../core/price.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { ProxyPath, ProxyRecord } from '../core/proxy-record.ts'
import type { ProxyText } from '../core/proxy-text.ts'
import type { LagMonitor } from '../probe/lag.ts'

/** Who answers a request. */
export interface Upstream {
  provider: ConfiguredProvider
  /** The model as it is asked for there. */
  model: string
}

/** Who calls, and with which key the request goes on. */
export interface Admitted {
  /**
   * Chosen by the header `x-firsttoken-client` (at most 64 printable characters), else `token <name>` or a short hash
   * of the credential; null if there is neither. Asked when the request is over.
   */
  client: () => string | null
  /** The Authorization that goes upstream; null: none. Never logged or kept. */
  authorization: string | null
  /** Whose key that is: the client's own, or ours. */
  mode: 'pass-through' | 'held'
  /** Told once what the request cost, in USD; null if that is unknown. Returns at once. */
  charge: (usd: number | null) => void
}

/** Who was let in, by headers alone. */
export interface Visitor<To = Upstream> {
  /** With which key the request goes on to an upstream, which its body names; or the refusal. */
  admit: (upstream: To) => Admitted | Refused
}

/** Why a request does not go on, as the client is told. No message holds anything that the client sent. */
export interface Refused {
  status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429 | 503 | 508
  code: string
  message: string
  retryAfterS?: number
}

/** Whoever calls. */
export interface Caller {
  headers: IncomingHttpHeaders
  /** What follows the `?` of the URL, if it goes on. */
  query?: string
}

/** How long an upstream may take, in ms: to be connected to, to its first byte, and between two reads. */
interface ProxyTimeouts {
  connect: number
  firstByte: number
  idle: number
}

/** A text, and what it is. */
export interface Page {
  type: string
  text: string
}

/** What a proxy is made of. */
export interface ProxyParts {
  clock: Clock
  /** Read for HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
  env: NodeJS.ProcessEnv
  /** Socket options that differ from Node's: `lookup`, `ca`, ... */
  socket?: https.RequestOptions
  /** What an upstream may be that nobody has configured (src/net/egress.ts). */
  egressAllow: readonly string[]
  uuid: () => string
  region: string
  lag: LagMonitor
  timeouts: ProxyTimeouts
  /** The most bytes of a request's body. */
  mostBody: number
  /** Whether a request may name this host: pages on names that lead here are of one origin with us. */
  hostAllowed: (host: string) => boolean
  /** The upstream of a model, or why there is none. A request that names no model gets that of LLM_MODEL. */
  route: (asked: { model: string | null; path: ProxyPath }) => Promise<Upstream | { problem: Refused }>
  /** Who calls, before a byte of the body is read; or the refusal. */
  enter: (caller: Caller) => Promise<Visitor | Refused>
  /** Whether `/v1/models` may be read, which spends nothing; null: yes. */
  admitReader: (caller: Caller) => Promise<Refused | null>
  /** The ids that `/v1/models` lists. */
  listModels: () => Promise<readonly string[]>
  /** The price in force; null if it is unknown. */
  priceOf: (upstream: Upstream) => Price | null
  /** A request that goes to this upstream has begun; what it returns is called when it is over. */
  onBegin: (upstream: Upstream) => () => void
  /** Told of every request at its end, with its texts if they are kept. Must return at once and never throw. */
  onRecord: (record: ProxyRecord, text: ProxyText | null) => void
  /** A request that went to no upstream: it has no record. */
  onRefused: (refused: Refused) => void
  /** Of which share of the requests texts are kept, 0 to 1; of none by default. */
  captureShare?: number
  /** Whether a client gets this header of an upstream, given in lower case; by default it gets all. */
  passesOn?: (header: string) => boolean
  /** What `/metrics` says to a request with this `Accept`; the path is not there without. */
  metrics?: (accept: string | null) => Page
  /** Told of a bug, which ended one request. */
  onBug: (error: unknown) => void
}

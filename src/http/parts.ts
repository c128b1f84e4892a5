import type { ServerResponse } from 'node:http'
import type { Chat, SentChat } from '../core/chat.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import type { EventFeed } from '../store/event-feed.ts'
import type { Store } from '../store/store.ts'
import type { Access } from './access.ts'
import type { OwnEndpoints } from './own-endpoints.ts'

/** Where the program is: a server of its own, or a function that lives for a request. */
export type Hosting = 'server' | 'function'

/** What makes the runs that are asked for over HTTP. */
export interface HttpJobs {
  /** Why nothing can be started here; null if it can. */
  unavailable: string | null
  /** A run was queued: whoever is to make it looks at once. */
  kick: (request: Request) => Promise<void>
}

/** What talks to models for people. */
export interface HttpChat {
  /** Streams an answer into a response. */
  send: (chat: Chat, response: ServerResponse) => SentChat
  endpoints: OwnEndpoints
}

/** What the HTTP application is built from. */
export interface HttpParts {
  app: App
  hosting: Hosting
  /** Who may do what, and by which names this server is called. */
  access: Access
  /** How long a call may take, in ms. */
  budgetMs: number
  /** The providers that may be called. */
  configured: () => readonly ConfiguredProvider[]
  /** The store that all requests share, opened when it is first asked for. Rejects with StoreError. */
  openStore: () => Promise<Store>
  /** Aborted when the server is to end, or a function's time is nearly over: streams close then. */
  closing: AbortSignal
  jobs: HttpJobs
  /** Null in a function: its answers do not stream from socket to socket. */
  chat: HttpChat | null
  /** The events of runs as they happen, by one reader for all requests. */
  feed: Pick<EventFeed, 'watch' | 'onIncidents'>
}

/** What the endpoints of schedulers need of it. */
export type CronParts = Pick<HttpParts, 'app' | 'budgetMs' | 'openStore' | 'jobs'>

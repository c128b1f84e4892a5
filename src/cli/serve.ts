import { once } from 'node:events'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../core/error.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { countFailures } from '../http/failures.ts'
import { addFiles } from '../http/files.ts'
import { listensHereAlone } from '../http/hosts.ts'
import { createHttp } from '../http/http.ts'
import type { HttpParts } from '../http/parts.ts'
import { addressOfSocket, listen } from '../http/listen.ts'
import { openAccess } from '../http/open-access.ts'
import { shareStore } from '../http/shared-store.ts'
import type { App } from '../jobs/app.ts'
import { keepAlerts } from '../jobs/keep-alerts.ts'
import { keepOfficial } from '../jobs/keep-official.ts'
import { configuredProviders } from '../registry/configure.ts'
import { createRecorder } from '../proxy/recorder.ts'
import { printable } from '../report/format.ts'
import { openEventFeed } from '../store/event-feed.ts'
import { hurrying, openInTime } from '../store/hurried.ts'
import type { Store } from '../store/store.ts'
import { keptAdminToken } from './admin-token.ts'
import { openChat } from './chat.ts'
import { defineCommand } from './command.ts'
import { isCurrent, openDashboard } from './dashboard.ts'
import { exitCode } from './exit-code.ts'
import { portFlag, text, yes } from './flags.ts'
import { keepJobs } from './keep-jobs.ts'
import { keepRunning, startProxyProcess } from './keep-proxy.ts'
import { keptByFile } from './kept-by-file.ts'
import { listenProblem } from './listen-problem.ts'
import { measuringPool } from './measuring-pool.ts'
import { allConfigured, callableProviders } from './providers.ts'
import { openQueue } from './queue.ts'
import { type Stop, stoppable } from './stop.ts'
import type { Streams } from './streams.ts'

const help = `Serve the HTTP API, its reference and the dashboard, and keep the schedule, until stopped.

Usage: pnpm tsx scripts/serve.ts [options]

  --host ADDRESS   address to listen on (default HOST, else 127.0.0.1: this machine alone)
  --port N         port to listen on (default PORT, else 8000; 0 picks a free one)
  --no-schedule    only serve: another process keeps the schedule
  --synthetic      the built-in synthetic provider instead of those with a key
  --quiet          errors only
  --help           this text

With PROXY=on it keeps the proxy (scripts/proxy.ts) running too, as a process of its own.
Changes need ADMIN_TOKEN. Without it the first start makes a token, keeps it in DATA_DIR and prints a link that signs a browser in.
Ctrl-C takes no more requests, finishes the probe in hand and ends; the rest of a run on demand is made by the next start. A second one
ends sooner.

Exit codes: 0 ended by a signal, 2 bad usage or configuration, 4 the same as 0, but a job had to be ended because it was stuck.
`

const flags = z.object({
  host: text,
  port: portFlag.nullable().default(null),
  noSchedule: yes,
  synthetic: yes,
  quiet: yes,
})

/** How long what is asked for over HTTP may take, in ms, until it is answered. */
const budgetMs = 300_000

/** `serve`: the HTTP API, the dashboard and the schedule in one process, until SIGINT or SIGTERM. */
export const serve = defineCommand({
  name: 'serve',
  help,
  flags,
  needs: 'app',
  leaveMs: 300,
  run: async ({ host, port, noSchedule, synthetic, quiet }, { app: plain, streams }) => {
    const app = keptByFile(plain, streams)
    const callable = await providersToCall(synthetic, app)
    if ('problem' in callable) return callable
    const at = { host: host ?? app.web.host, port: port ?? app.web.port }
    const { providers: configured } = callable
    try {
      const folder = await dashboardFiles(streams, quiet)
      return await stoppable((stop) =>
        serving({ app, at, configured, streams, quiet, hasSchedule: !noSchedule, folder, stop }),
      )
    } finally {
      await callable.close()
    }
  },
})

/** The providers that may be called; none, if no key is set and results would go to a real database. */
async function providersToCall(synthetic: boolean, app: App) {
  const { providers, problems } = configuredProviders(app.env)
  const none = providers.length + problems.length === 0
  if (none && !synthetic && !app.store.embedded) return { providers: [], close: () => Promise.resolve() }
  return callableProviders({ ...allConfigured, synthetic }, app)
}

/** What a server is started with. */
interface Serving {
  app: App
  at: { host: string; port: number }
  configured: readonly ConfiguredProvider[]
  streams: Streams
  quiet: boolean
  hasSchedule: boolean
  /** The dashboard's files. */
  folder: string
  stop: Stop
}

/** Listens, says where, keeps the schedule and makes runs on demand, until a signal comes; gives the exit code. */
async function serving(given: Serving) {
  const { app, configured, streams, quiet, stop } = given
  const open = () => openInTime(() => app.store.open(), hurrying(stop.stop))
  const store = shareStore(sayingWhy(open, given))
  const feed = openEventFeed({
    listEvents: async (input) => (await store.get()).listEvents(input),
    listen: app.store.listen,
  })
  const pool = measuringPool(app, configured)
  const queue = openQueue(app, { configured, pool, ...stop })
  const recorder = createRecorder({ openStore: store.get, log: app.log, spends: true })
  const chat = openChat(app, { configured, openStore: store.get, onRecord: recorder.keep })
  const parts = { openStore: store.get, feed, jobs: queue.jobs, chat }
  const tokens = { admin: app.web.adminToken }
  const listening = await listenWith(given, tokens, parts)
  if ('problem' in listening) return listening
  // After the socket: nobody would be shown the token of a start that fails.
  const admin = adminTokenOf(app)
  if ('problem' in admin) {
    await listening.close(AbortSignal.abort())
    return admin
  }
  tokens.admin = admin.token
  // After the socket, so that a port in use is told at once; until it is open, requests are told to wait.
  store.begin()
  announce(given, listening.port, admin)
  const ended = once(stop.stop, 'abort').then(() => listening.close(stop.abort))
  const made = queue.keep()
  const told = keepAlerts(app, stop.stop)
  const asked = keepOfficial(app, stop.stop)
  const passed = keepProxy(given)
  try {
    return isScheduled(given)
      ? await keepJobs(app, { configured, streams, quiet, pool })
      : await untilStopped(stop.stop)
  } finally {
    await Promise.all([ended, made, told, asked, passed])
    await pool.close()
    chat.close()
    await recorder.close()
    await feed.close()
    await store.close()
  }
}

/** Keeps the proxy beside the server, if it is on. */
const keepProxy = ({ app, streams: { stderr }, quiet, stop }: Serving): Promise<void> => {
  const start = () => startProxyProcess(quiet ? ['--quiet'] : [])
  const say = (what: string) => void stderr.write(`firsttoken: ${what}\n`)
  const { clock, sleep } = app
  return app.proxy.isOn ? keepRunning({ start, now: clock.now, sleep, say }, stop) : Promise.resolve()
}

/** The admin's token: that of the environment, or one that is kept. */
const adminTokenOf = ({ web: { adminToken, dataDir } }: App) =>
  adminToken === null ? keptAdminToken(dataDir) : { token: adminToken, isNew: false }

/** The same, saying each time that the reason is another why the database cannot be opened. */
function sayingWhy(open: () => Promise<Store>, { streams: { stderr }, stop }: Serving) {
  let said = ''
  return () =>
    open().catch((error: unknown) => {
      const reason = printable(messageOf(error))
      if (reason !== said && !stop.stop.aborted) stderr.write(`firsttoken: ${reason}\n`)
      said = reason
      throw error
    })
}

/** Listens with the HTTP application, or says why it cannot. The token may come once it listens. */
async function listenWith(
  { app, at, configured, stop, folder }: Serving,
  tokens: { readonly admin: string | null },
  parts: Pick<HttpParts, 'openStore' | 'jobs' | 'feed' | 'chat'>,
) {
  let { port } = at
  const access = openAccess(app, {
    hosting: 'server',
    port: () => port,
    listensAt: at.host,
    adminToken: () => tokens.admin,
    failures: countFailures(app.clock.now),
    addressOf: addressOfSocket,
  })
  const { hono } = createHttp({
    app,
    hosting: 'server',
    access,
    budgetMs,
    configured: () => configured,
    closing: stop.stop,
    ...parts,
  })
  addFiles(hono, folder)
  try {
    const listening = await listen(hono, at)
    ;({ port } = listening)
    return listening
  } catch (error) {
    return { problem: listenProblem(error, at) }
  }
}

/** Says where the server is, how to sign in if that is new, and what a person should know. */
function announce(given: Serving, port: number, { token, isNew }: { token: string; isNew: boolean }): void {
  const { app, at, streams, quiet } = given
  const url = urlOf(at.host, port)
  if (!quiet) streams.stdout.write(`firsttoken at ${url}, with ${app.store.name}\n`)
  if (isNew) streams.stdout.write(`sign in, this once: ${url}/#token=${token}\n`)
  if (!quiet) for (const note of notesOf(given)) streams.stderr.write(`firsttoken: ${note}\n`)
}

const isScheduled = ({ hasSchedule, configured }: Serving): boolean => hasSchedule && configured.length > 0

async function untilStopped(stop: AbortSignal): Promise<number> {
  if (!stop.aborted) await once(stop, 'abort')
  return exitCode.ok
}

/** What a person should know. */
function notesOf(given: Serving): string[] {
  const { app, at, configured, hasSchedule } = given
  const { readToken, publicReads } = app.web
  const isOpen = readToken === null && publicReads !== false
  return [
    ...(isOpen && !listensHereAlone(at.host)
      ? ['whoever reaches this machine may read: READ_TOKEN closes that']
      : []),
    ...(hasSchedule && configured.length === 0 ? ['no provider has a key: nothing is scheduled'] : []),
  ]
}

/** Where a browser on this machine finds a server that listens there. */
function urlOf(host: string, port: number): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host)
  return `http://${reached}:${port}`
}

/** The folder of the dashboard's files, which are built first if they are not current; says so, and why it failed. */
async function dashboardFiles({ stdout, stderr }: Streams, quiet: boolean): Promise<string> {
  const root = join(import.meta.dirname, '../..')
  if (!quiet && !isCurrent(root)) stdout.write('building the dashboard, which takes a few seconds, once\n')
  const { folder, problem } = await openDashboard(root)
  if (problem !== null) stderr.write(`firsttoken: ${printable(problem)}\n`)
  return folder
}

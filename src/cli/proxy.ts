import { once } from 'node:events'
import { z } from 'zod'
import { syntheticId } from '../core/provider.ts'
import { counted } from '../core/text.ts'
import { trimmed } from '../core/trimmed.ts'
import { listensHereAlone } from '../http/hosts.ts'
import { shareStore } from '../http/shared-store.ts'
import type { App } from '../jobs/app.ts'
import { openProxyAccess } from '../proxy/access.ts'
import { knownModels } from '../proxy/known-models.ts'
import { leadsTo, openListing, ownUpstream } from '../proxy/own-upstream.ts'
import { type Proxy, startProxy } from '../proxy/server.ts'
import { openWatch } from '../proxy/watch.ts'
import { configuredProviders } from '../registry/configure.ts'
import { models as syntheticModels } from '../synthetic/options.ts'
import { hurrying, openInTime } from '../store/hurried.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import { portFlag, text, yes } from './flags.ts'
import { listenProblem } from './listen-problem.ts'
import { allConfigured, callableProviders } from './providers.ts'
import { proxyParts } from './proxy-parts.ts'
import { openPassing } from './proxy-passing.ts'
import { stayWarm } from './stay-warm.ts'
import { type Stop, stoppable } from './stop.ts'
import type { Streams } from './streams.ts'

const help = `Serve the proxy: an OpenAI-compatible API that passes requests on as they are, and measures each.

Usage: pnpm tsx scripts/proxy.ts [options]

  --host ADDRESS   address to listen on (default PROXY_HOST, else 127.0.0.1: this machine alone)
  --port N         port to listen on (default PROXY_PORT, else 8080; 0 picks a free one)
  --synthetic      the built-in synthetic provider too, for models called synthetic...
  --quiet          errors only
  --help           this text

Requests go to LLM_BASE_URL (default http://localhost:1234/v1) with LLM_API_KEY (default lm-studio); one that names no model gets LLM_MODEL
(default openai/gpt-oss-120b; synthetic is the built-in provider). A model such as groq/llama-3.1-8b-instant goes to that provider if its key
is set and it has that model. It works without a database; then nothing is kept, and no proxy token opens it. An address that
others can reach needs a proxy token for every request (scripts/proxy-tokens.ts).
Ctrl-C takes no more requests and finishes those in hand within half a minute; a second one ends them.

Exit codes: 0 ended by a signal, 2 bad usage or configuration.
`

const flags = z.object({ host: text, port: portFlag.nullable().default(null), synthetic: yes, quiet: yes })

/** `proxy`: passes requests on and measures them, until SIGINT or SIGTERM. */
export const proxy = defineCommand({
  name: 'proxy',
  help,
  flags,
  needs: 'app',
  leaveMs: 300,
  run: async ({ host, port, synthetic, quiet }, { app, streams }) => {
    const at = { host: host ?? app.proxy.host, port: port ?? app.proxy.port }
    const own = await openOwn(app, synthetic)
    if ('problem' in own) return own
    endWithParent()
    stayWarm()
    try {
      if (leadsTo(own.own.baseUrl, at)) return { problem: beforeItself(own.own.baseUrl) }
      return await stoppable((stop) => serving({ app, at, own, streams, quiet, stop }))
    } finally {
      await own.close()
    }
  },
})

const beforeItself = (baseUrl: string): string =>
  `LLM_BASE_URL (${baseUrl}) is this proxy itself: set it to where models are served, or give another --port.`

/** A server that keeps the proxy has a channel to it, which is closed when that process is gone, however it ended. */
function endWithParent(): void {
  if (process.connected) process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}

/** Our own upstream, the model that it is asked for if a request names none, and the synthetic provider if it was asked for. */
async function openOwn(app: App, isAsked: boolean) {
  const own = ownUpstream(app.env)
  if ('problem' in own) return own
  const model = trimmed(app.env['LLM_MODEL'] ?? '')
  const upstream = { own: own.provider, ownModel: isAsked && model === '' ? syntheticId : own.model }
  if (!isAsked && model !== syntheticId)
    return { ...upstream, synthetic: null, close: () => Promise.resolve() }
  const callable = await callableProviders({ ...allConfigured, synthetic: true }, app)
  if ('problem' in callable) return callable
  return { ...upstream, synthetic: callable.providers[0] ?? null, close: callable.close }
}

/** What a proxy is started with. */
interface Serving {
  app: App
  at: { host: string; port: number }
  own: Exclude<Awaited<ReturnType<typeof openOwn>>, { problem: string }>
  streams: Streams
  quiet: boolean
  stop: Stop
}

/** How long requests in hand may take once the proxy ends, in ms. */
const lastMs = 30_000

/** Listens, says where, and passes requests on, until a signal comes; gives the exit code. */
async function serving({ app, at, own, streams, quiet, stop }: Serving) {
  // After the socket: a proxy works without a database, and one that takes seconds to open holds up nothing.
  const store = shareStore(() => openInTime(() => app.store.open(), hurrying(stop.stop)))
  const others = configuredProviders(app.env).providers.filter(({ entry }) => entry.id !== own.own.entry.id)
  const passing = openPassing(app, { providers: others, openStore: store.get, part: 'proxy' })
  const { clock, uuid } = app
  const isExposed = !listensHereAlone(at.host)
  const access = openProxyAccess({ clock, uuid, date: clock.date, openStore: store.get, isExposed })
  const listOwn = openListing(own.own, { env: app.env, now: clock.now })
  const isKnownModel = knownModels({ own, syntheticModels, serving: passing.catalog.serving, listOwn })
  const watch = openWatch({ ...app, instance: app.owner, openStore: store.get, isKnownModel })
  let { port } = at
  const listening = await listen(
    proxyParts(app, { own, listOwn, passing, access, watch, port: () => port }),
    at,
  )
  try {
    if ('problem' in listening) return listening
    ;({ port } = listening)
    const name = at.host.includes(':') ? `[${at.host}]` : at.host
    if (!quiet) streams.stdout.write(`firsttoken proxy at http://${name}:${port}/v1\n`)
    if (!quiet && isExposed) streams.stderr.write(`firsttoken: every request needs a proxy token\n`)
    if (!quiet && app.proxy.captureShare > 0) streams.stderr.write(`firsttoken: ${captureNote(app)}\n`)
    if (!stop.stop.aborted) await once(stop.stop, 'abort')
    await listening.close(AbortSignal.any([stop.abort, AbortSignal.timeout(lastMs)]))
    return exitCode.ok
  } finally {
    passing.close()
    await Promise.all([access.close(), watch.close()])
    await store.close()
  }
}

/** Whoever runs a proxy that keeps texts is told. */
function captureNote({ proxy: { captureShare: share }, config: { retention } }: App): string {
  const whose = share === 1 ? 'every request' : `a share of ${share} of all requests`
  return `the texts of ${whose} are kept for ${counted(retention.proxyTexts, 'day')} (PROXY_CAPTURE)`
}

async function listen(
  parts: Parameters<typeof startProxy>[0],
  at: Serving['at'],
): Promise<Proxy | { problem: string }> {
  try {
    return await startProxy(parts, at)
  } catch (error) {
    return { problem: listenProblem(error, at) }
  }
}

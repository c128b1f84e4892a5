import { hostAllowed } from '../http/hosts.ts'
import type { App } from '../jobs/app.ts'
import type { LagMonitor } from '../probe/lag.ts'
import { admitWithoutTokens } from '../proxy/admit.ts'
import type { ProxyCatalog } from '../proxy/catalog.ts'
import { openListing } from '../proxy/own-upstream.ts'
import type { ProxyParts } from '../proxy/parts.ts'
import { routeOf, type Upstreams } from '../proxy/route.ts'
import { models as syntheticModels } from '../synthetic/options.ts'

/** What the environment does not say of a proxy. */
interface Given {
  own: Pick<Upstreams, 'own' | 'ownModel' | 'synthetic'>
  catalog: ProxyCatalog
  lag: LagMonitor
  port: () => number
}

/** How long an upstream may take, in ms. Reasoning takes minutes to its first token, and servers send nothing before. */
const timeouts = { connect: 10_000, firstByte: 600_000, idle: 300_000 }

/** Images are sent inside the body. */
const mostBody = 32 * 2 ** 20

/** What a proxy of this installation is made of. */
export function proxyParts(app: App, { own, catalog, lag, port }: Given): ProxyParts {
  const { allowedHosts, publicUrl } = app.web
  const upstreams = (): Upstreams => ({ ...own, others: catalog.serving() })
  const listOwn = openListing(own.own, { env: app.env, now: app.clock.now })
  const log = app.log.child({ part: 'proxy' })
  return {
    clock: app.clock,
    env: app.env,
    uuid: app.uuid,
    region: app.config.defaults.region,
    lag,
    timeouts,
    mostBody,
    hostAllowed: (host) => hostAllowed(host, { port: port(), publicUrl, allowed: allowedHosts }),
    route: ({ model }) => routeOf(model, upstreams(), listOwn),
    admit: (caller, upstream) => Promise.resolve(admitWithoutTokens(caller, upstream)),
    admitReader: () => Promise.resolve(null),
    listModels: async () => [...(await listOwn()), ...named(upstreams())],
    priceOf: catalog.priceOf,
    onBegin: catalog.priceOf,
    onRecord: () => undefined,
    onRefused: () => undefined,
    onBug: (error) => log.error({ err: error }, 'a request through the proxy ended by a bug'),
  }
}

/** The models of others as clients ask for them. */
const named = ({ synthetic, others }: Upstreams): string[] => [
  ...(synthetic === null ? [] : syntheticModels),
  ...others.flatMap(({ provider: { entry }, models }) => [...models].map((model) => `${entry.id}/${model}`)),
]

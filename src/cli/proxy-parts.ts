import { hostAllowed } from '../http/hosts.ts'
import type { App } from '../jobs/app.ts'
import type { ProxyAccess } from '../proxy/access.ts'
import type { ProxyParts } from '../proxy/parts.ts'
import { routeOf, type Upstreams } from '../proxy/route.ts'
import type { Watch } from '../proxy/watch.ts'
import { models as syntheticModels } from '../synthetic/options.ts'
import type { Passing } from './proxy-passing.ts'

/** Whom the environment alone names: LLM_BASE_URL, and the synthetic provider. */
type OwnUpstreams = Pick<Upstreams, 'own' | 'ownModel' | 'synthetic'>

/** What the environment does not say of a proxy. */
interface Given {
  own: OwnUpstreams
  /** What our own upstream lists. */
  listOwn: () => Promise<ReadonlySet<string>>
  passing: Pick<Passing, 'catalog' | 'parts'>
  access: Pick<ProxyAccess, 'enter' | 'admitReader'>
  watch: Pick<Watch, 'begin' | 'add' | 'refuse' | 'page'>
  port: () => number
}

/** Images are sent inside the body. */
const mostBody = 32 * 2 ** 20

/** What a proxy of this installation is made of. */
export function proxyParts(app: App, { own, listOwn, passing, access, watch, port }: Given): ProxyParts {
  const { allowedHosts, publicUrl } = app.web
  const { catalog, parts } = passing
  const upstreams = (): Upstreams => ({ ...own, others: catalog.serving() })
  return {
    ...parts,
    uuid: app.uuid,
    mostBody,
    hostAllowed: remembered((host) => hostAllowed(host, { port: port(), publicUrl, allowed: allowedHosts })),
    route: ({ model }) => routeOf(model, upstreams(), listOwn),
    enter: access.enter,
    admitReader: access.admitReader,
    listModels: async () => [...(await listOwn()), ...named(upstreams())],
    onBegin: (upstream) => {
      // Its price is looked up while it is answered.
      catalog.priceOf(upstream)
      return watch.begin({ provider: upstream.provider.entry.id, modelAsked: upstream.model })
    },
    onRecord: watch.add,
    captureShare: app.proxy.captureShare,
    onRefused: ({ code }) => watch.refuse(code),
    metrics: watch.page,
  }
}

/** The same answer, without asking again for the name that was allowed last: clients call by one name, and what is allowed is settled. */
function remembered(isAllowed: (host: string) => boolean): (host: string) => boolean {
  let last: string | null = null
  return (host) => {
    if (host === last) return true
    const is = isAllowed(host)
    if (is) last = host
    return is
  }
}

/** The models of others as clients ask for them. */
const named = ({ synthetic, others }: Upstreams): string[] => [
  ...(synthetic === null ? [] : syntheticModels),
  ...others.flatMap(({ provider: { entry }, models }) => [...models].map((model) => `${entry.id}/${model}`)),
]

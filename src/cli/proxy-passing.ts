import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import { startLagMonitor } from '../probe/lag.ts'
import { openCatalog, type ProxyCatalog } from '../proxy/catalog.ts'
import type { PassParts } from '../proxy/complete.ts'
import type { Store } from '../store/store.ts'

/** What passing requests on takes of an installation, whoever asks. */
export interface Passing {
  catalog: ProxyCatalog
  parts: Pick<
    PassParts,
    'clock' | 'env' | 'egressAllow' | 'region' | 'lag' | 'timeouts' | 'priceOf' | 'onBug'
  >
  close: () => void
}

/** How long lags are remembered, in ms: as long as the longest answers take. */
const rememberedMs = 900_000

/** How long an upstream may take, in ms. Reasoning takes minutes to its first token, and servers send nothing before. */
const timeouts = { connect: 10_000, firstByte: 600_000, idle: 300_000 }

/** Opens what passing requests on to these providers takes; the store may be away. */
export function openPassing(
  { clock, env, config, findPrice, log }: App,
  {
    providers,
    openStore,
    part,
  }: {
    providers: readonly ConfiguredProvider[]
    openStore: () => Promise<Pick<Store, 'readCatalog'>>
    /** What it is a part of, for the log. */
    part: string
  },
): Passing {
  const ids = providers.map(({ entry }) => entry.id)
  const catalog = openCatalog(providers, {
    read: async () => (await openStore()).readCatalog({ providers: ids }),
    findPrice,
    date: clock.date,
  })
  const lag = startLagMonitor(clock, rememberedMs)
  const partLog = log.child({ part })
  return {
    catalog,
    parts: {
      clock,
      // Each look at `process.env` itself is a call of the system's: a request takes eight.
      env: { ...env },
      egressAllow: config.egressAllow,
      region: config.defaults.region,
      lag,
      timeouts,
      priceOf: catalog.priceOf,
      onBug: (error) => partLog.error({ err: error }, 'a request through the proxy ended by a bug'),
    },
    close: () => {
      catalog.close()
      lag.close()
    },
  }
}

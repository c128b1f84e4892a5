import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { systemClock } from '../../src/core/clock.ts'
import { readConfig } from '../../src/env.ts'
import type { App } from '../../src/jobs/app.ts'
import { openLiveTexts } from '../../src/run/live-texts.ts'
import type { Store } from '../../src/store/store.ts'

/** An app as an environment configures it, on this store, without a log, a disk or price books. */
export function testApp(env: Record<string, string>, store: Store, more: Partial<App> = {}): App {
  const installation = readConfig(env)
  if ('problems' in installation) throw new Error(installation.problems.join('\n'))
  const {
    defaults,
    sync,
    retention,
    onDemand,
    fanOut,
    alerts,
    egressAllow,
    onVercel,
    cronSecret,
    web,
    proxy,
  } = installation
  // Status pages are on the internet: only a mirror here is asked.
  const official = env['OFFICIAL_STATUS'] === undefined ? null : installation.official
  return {
    config: {
      defaults,
      sync,
      official,
      retention,
      onDemand,
      fanOut,
      alerts,
      egressAllow,
      onVercel,
      logDir: null,
    },
    env,
    file: null,
    store: { name: 'a store', embedded: true, open: () => Promise.resolve(store), listen: null },
    openDatabase: null,
    log: pino({ level: 'silent' }),
    spool: null,
    clock: systemClock,
    sleep: () => Promise.resolve(),
    uuid: randomUUID,
    findPrice: () => Promise.resolve(null),
    cronSecret,
    web,
    proxy,
    ping: () => Promise.resolve(),
    otlp: null,
    texts: openLiveTexts(),
    owner: 'test',
    host: 'here',
    ...more,
  }
}

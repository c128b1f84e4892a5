import type { Check } from '../core/check.ts'
import { spanText } from '../core/span.ts'
import { counted } from '../core/text.ts'
import { version } from '../core/version.ts'
import { getText, type NoAnswer, type TextAnswer } from '../net/get-text.ts'
import type { ProxySettings } from '../jobs/config.ts'
import { ok, warn } from './check.ts'

/** What is known of the proxy without it. */
interface Known {
  settings: Pick<ProxySettings, 'isOn' | 'host' | 'port'>
  recorded: RecordedTraffic
  now: Date
}

/** What the database has of it. */
export interface RecordedTraffic {
  /** Whether a token opens it. */
  hasTokens: boolean
  /** When the newest request that is kept began; null if there is none. */
  lastAt: Date | null
}

/** How long it may take to answer, in ms. */
const timeoutMs = 3000

/** Whether the proxy is there and keeps what it measures; nothing if nobody has set one up. */
export async function proxyChecks(known: Known): Promise<Check[]> {
  const { settings, recorded } = known
  if (!settings.isOn && !recorded.hasTokens) return []
  const host = nearest[settings.host] ?? settings.host
  const url = new URL(`http://${host.includes(':') ? `[${host}]` : host}:${settings.port}/metrics`)
  // It is of this machine: what leads to the internet does not lead there.
  const answer = await getText(url, { env: {}, egress: 'trusted', timeoutMs })
  return [judged(answer, url.host, known)]
}

/** Where whoever listens on every address is reached from here. */
const nearest: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

function judged(answer: TextAnswer | NoAnswer, at: string, { settings, recorded, now }: Known): Check {
  const last = lastOf(recorded, now)
  if ('problem' in answer)
    return settings.isOn
      ? warn(name, `PROXY is on, but ${at} ${answer.problem}; ${last}`, toStart)
      : ok(name, `none is at ${at}; if there is one, it is on another machine; ${last}`)
  if (answer.status === 401)
    return ok(name, `it answers at ${at}, and says more to whoever has a token; ${last}`)
  const runs = /^build_info\{version="([^"]*)"/m.exec(answer.text)?.[1]
  if (answer.status !== 200 || runs === undefined)
    return warn(name, `what answers at ${at} is no proxy of firsttoken`, toMove)
  const dropped = Number(/^firsttoken_proxy_records_dropped_total (\d+)/m.exec(answer.text)?.[1] ?? 0)
  if (dropped > 0)
    return warn(
      name,
      `since it began it has lost the rows of ${counted(dropped, 'request')}; ${last}`,
      toKeep,
    )
  return runs === version
    ? ok(name, `it answers at ${at}; ${last}`)
    : warn(name, `it answers at ${at} as version ${runs}, but this is ${version}; ${last}`, 'start it again')
}

const lastOf = ({ lastAt }: RecordedTraffic, now: Date): string =>
  lastAt === null
    ? 'no request is recorded'
    : `the last request that is recorded was ${spanText(Math.max(0, now.getTime() - lastAt.getTime()))} ago`

const name = 'proxy'
const toStart = 'run pnpm start, which keeps it beside the server, or pnpm tsx scripts/proxy.ts'
const toMove = 'set PROXY_PORT to the port of the proxy'
const toKeep = 'its database was away or too slow: look at its log, and at the check of the store'

import { type FaultCase, ticksOf, type Trouble } from './incident-faults.ts'
import type { Play, Seen, SeenMessage } from './incident-play.ts'

/** What is not as it has to be. Of no fault, if it is about all. */
export interface Violation {
  fault: string | null
  message: string
}

/** What of a play is not as it has to be; by hand, from the trouble and the faults alone. */
export function judgePlay(seen: Seen, { faults, trouble }: Play): Violation[] {
  const known = new Set(faults.filter(({ opens }) => opens !== null).map(({ name }) => name))
  return [
    ...aboutAll(seen, trouble).map((message) => ({ fault: null, message })),
    ...strangersIn(seen, known).map((message) => ({ fault: null, message })),
    ...faults.flatMap((fault) => {
      const of = { provider: fault.name, kind: fault.opens, trouble }
      return [...incidentsOf(seen, of), ...messagesOf(seen, of)].map((message) => ({
        fault: fault.name,
        message,
      }))
    }),
  ]
}

function aboutAll({ waiting, off, followed, kills }: Seen, trouble: Trouble): string[] {
  const { killedAfter } = trouble
  return [
    ...(waiting > 0 ? [`${waiting} deliveries wait for ever`] : []),
    ...(off.join() === (isGone(trouble) ? 'webhook' : '') ? [] : [`switched off: ${off.join() || 'nobody'}`]),
    ...(followed > 0 ? ['a redirect was followed'] : []),
    ...(killedAfter !== undefined && kills === 0 ? ['nobody was killed'] : []),
  ]
}

/** Incidents and messages of what has no fault: of providers that work, of a whole provider, of ourselves. */
function strangersIn({ incidents, told }: Seen, known: ReadonlySet<string>): string[] {
  const last = incidents.at(-1) ?? []
  const strange = last.filter(({ about, provider }) => about !== 'target' || !known.has(provider ?? ''))
  const named = strange.map(({ about, kind, provider }) => `${kind} of ${about} ${provider ?? ''}`)
  const messages = [...told.webhook, ...told.other].filter(({ provider }) => !known.has(provider ?? ''))
  return [...named, ...messages.map(({ event, provider }) => `${event} told of ${provider ?? 'us'}`)]
}

interface Of {
  provider: string
  kind: FaultCase['opens']
  trouble: Trouble
}

function incidentsOf({ incidents }: Seen, { provider, kind, trouble }: Of): string[] {
  return incidents.flatMap((all, index) => {
    const own = all.filter((incident) => incident.provider === provider)
    const wanted = kind === null ? [] : wantedAfter(ticksOf(trouble).slice(0, index + 1), kind)
    const has = own.map((incident) => `${incident.kind} ${incident.ended ?? 'open'}`)
    return has.join(', ') === wanted.join(', ')
      ? []
      : [`after tick ${index + 1}: ${has.join(', ') || 'nothing'}, not ${wanted.join(', ') || 'nothing'}`]
  })
}

/** An incident opens in the second tick of an outage, and ends in the second after it. */
const wantedAfter = (ticks: string, kind: string): string[] =>
  ticks.match(/--+\+*/g)?.map((own) => `${kind} ${own.endsWith('++') ? 'recovered' : 'open'}`) ?? []

function messagesOf({ told }: Seen, of: Of): string[] {
  const { trouble, kind } = of
  const outages = kind === null ? 0 : wantedAfter(ticksOf(trouble), kind).length
  const later = isGone(trouble) ? 0 : outages - 1
  const webhook = (event: 'opened' | 'resolved') =>
    outages === 0 ? 0 : later + Number((trouble.told ?? both).includes(event))
  return [
    ...toldTo('webhook', told.webhook, {
      ...of,
      wanted: { opened: webhook('opened'), resolved: webhook('resolved') },
    }),
    ...toldTo('other', told.other, { ...of, wanted: { opened: outages, resolved: outages } }),
  ]
}
const both = ['opened', 'resolved']

/** The channel takes nothing anymore. */
const isGone = ({ channel }: Trouble): boolean => channel?.reply.status === 410

/** Whether a message may be sent again, because nobody could write down that it was sent. */
const mayRepeat = ({ killedAfter, databaseAwayFrom }: Trouble): boolean =>
  killedAfter === 'send' || databaseAwayFrom !== undefined

/** Each event of each outage has one id, and is taken once. */
function toldTo(
  channel: string,
  messages: readonly SeenMessage[],
  { provider, kind, trouble, wanted }: Of & { wanted: Readonly<Record<string, number>> },
): string[] {
  const own = messages.filter((message) => message.provider === provider)
  const taken = own.filter((message) => message.taken)
  const byEvent = Map.groupBy(taken, ({ incident, event }) => `${event} ${incident}`)
  const wrong = own
    .filter((message) => message.kind !== kind)
    .map((message) => `${channel} told of ${message.kind}`)
  for (const event of new Set([...Object.keys(wanted), ...own.map((message) => message.event)])) {
    const groups = [...byEvent].filter(([key]) => key.startsWith(`${event} `))
    const count = wanted[event] ?? 0
    if (groups.length !== count)
      wrong.push(`${channel} took ${event} of ${groups.length} incidents, not ${count}`)
    for (const [, same] of groups) {
      const ids = new Set(same.map(({ id }) => id)).size
      if (ids > 1) wrong.push(`${channel} took ${event} under ${ids} ids`)
      if (same.length > 1 && !mayRepeat(trouble)) wrong.push(`${channel} took ${event} ${same.length} times`)
    }
  }
  return [...wrong, ...disordered(channel, taken)]
}

/** The end is told after the beginning. */
function disordered(channel: string, taken: readonly SeenMessage[]): string[] {
  return [...Map.groupBy(taken, ({ incident }) => incident).values()].flatMap((own) => {
    const events = own.map(({ event }) => event)
    return events.includes('resolved') && events.lastIndexOf('opened') > events.indexOf('resolved')
      ? [`${channel} took opened after resolved`]
      : []
  })
}

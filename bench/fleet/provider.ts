import { createServer, type Socket } from 'node:net'
import { seededRandom } from '../../src/core/random.ts'
import { type Answered, type Asked, readMessages, type Told } from './messages.ts'
import { dateIn, machineNow, type Time } from './time.ts'
import type { MadeUp, World } from './world.ts'

// All providers of a world, in one process that counts what is in flight: what it has seen is the judge of the fleet.
// A call is in flight from its first message until the provider has answered, whatever became of who asked.

/** A call as the provider saw it: `began` is a moment of the simulated time, the other stamps are the machine's, in ms. */
export interface SeenCall extends Asked {
  began: number
  receivedAt: number
  status: Answered['status']
  /** Until when no call is to come, in simulated time. */
  pausedUntil: number | null
  /** When the database had its result, as its worker says; null if it never said so. */
  recordedAt: number | null
  /** In flight at this provider from this region with it, and how many may be. */
  inFlight: number
}

/** Providers that listen. */
export interface Providers {
  calls: readonly SeenCall[]
  /** How often workers said that a run was closed. */
  closed: () => number
  /** Statements of all processes, also those that are gone. */
  statements: () => Record<string, number>
  /** Calls of a worker, or of all, that the database has no result of, as far as they said. */
  inHand: (worker?: string) => string[]
  close: () => void
}

/** Opens the providers of a world at a socket. */
export async function openProviders(world: World, time: Time, path: string): Promise<Providers> {
  const desk = new Desk(world, time)
  const server = createServer((socket) => {
    socket.setEncoding('utf8').on('error', () => socket.destroy())
    socket.on(
      'data',
      readMessages((message) => desk.take(message as Asked | Told, socket)),
    )
  })
  await new Promise<void>((listening) => server.listen(path, listening))
  return {
    calls: desk.calls,
    closed: () => desk.closed,
    statements: () => desk.statements(),
    inHand: (worker) => desk.inHand(worker),
    close: () => void server.close(),
  }
}

class Desk {
  readonly calls: SeenCall[] = []
  closed = 0
  readonly #world: World
  readonly #time: Time
  readonly #random: () => number
  readonly #known: Map<string, MadeUp>
  /** Calls in flight, by provider, and by provider and region. */
  readonly #inFlight = new Map<string, number>()
  readonly #open = new Map<string, SeenCall>()
  readonly #counts = new Map<string, Record<string, number>>()

  constructor(world: World, time: Time) {
    this.#world = world
    this.#time = time
    this.#random = seededRandom(world.seed + 1)
    this.#known = new Map(world.providers.map((provider) => [provider.id, provider]))
  }

  take(message: Asked | Told, socket: Socket): void {
    if (message.type === 'call') this.#call(message, socket)
    else if (message.type === 'counts') this.#counts.set(message.worker, message.counts)
    else if (message.type === 'closed') this.closed += 1
    else {
      const call = this.#open.get(openKey(message))
      if (call !== undefined) call.recordedAt = message.at
      this.#open.delete(openKey(message))
    }
  }

  inHand(worker?: string): string[] {
    const open = [...this.#open.values()]
    return open.filter((call) => worker === undefined || call.worker === worker).map(({ probe }) => probe)
  }

  statements(): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const counts of this.#counts.values())
      for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count
    return sums
  }

  #call(asked: Asked, socket: Socket): void {
    const provider = this.#known.get(asked.provider)
    if (provider === undefined || !this.#world.regions.includes(asked.region))
      throw new Error(`a call of ${asked.provider} from ${asked.region}`)
    const lane = `${asked.provider} ${asked.region}`
    const [all, here] = [this.#add(asked.provider, 1), this.#add(lane, 1)]
    const answer = this.#answer(provider, asked.number, all)
    const began = dateIn(this.#time)
    const call: SeenCall = {
      ...asked,
      began,
      receivedAt: machineNow(),
      status: answer.status,
      pausedUntil: answer.retryAfterMs === null ? null : began + answer.totalMs + answer.retryAfterMs,
      recordedAt: null,
      inFlight: here,
    }
    this.calls.push(call)
    this.#open.set(openKey(asked), call)
    setTimeout(() => {
      this.#add(asked.provider, -1)
      this.#add(lane, -1)
      if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`)
    }, answer.totalMs / this.#time.factor)
  }

  #add(key: string, by: number): number {
    const count = (this.#inFlight.get(key) ?? 0) + by
    this.#inFlight.set(key, count)
    return count
  }

  #answer(
    { most, retryAfterMs, ttftMs, totalMs, failing }: MadeUp,
    number: number,
    inFlight: number,
  ): Answered {
    const [luck, slowness, size] = [this.#random(), 0.7 + 0.6 * this.#random(), this.#random()]
    const refused = { number, ttftMs: 0, inputTokens: 0, outputTokens: 0 }
    if (most !== null && inFlight > most)
      return { ...refused, status: 429, totalMs: 100, retryAfterMs: Math.round(retryAfterMs) }
    if (luck < failing) return { ...refused, status: 500, totalMs: 300, retryAfterMs: null }
    return {
      number,
      status: 200,
      ttftMs: ttftMs * slowness,
      totalMs: totalMs * slowness,
      retryAfterMs: null,
      inputTokens: 20 + Math.floor(20 * size),
      outputTokens: 60 + Math.floor(60 * size),
    }
  }
}

const openKey = ({ worker, probe }: { worker: string; probe: string }): string => `${worker} ${probe}`

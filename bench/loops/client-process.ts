import { systemClock } from '../../src/core/clock.ts'
import type { TimingQuality } from '../../src/core/quality.ts'
import { startLagMonitor } from '../../src/probe/lag.ts'
import { probe } from '../../src/probe/probe.ts'
import { warmUp } from '../../src/probe/sdk.ts'
import { callFor, type Client, clientsOf, whole } from '../accuracy/clients.ts'
import type { Script } from '../accuracy/script.ts'
import { clockOffset } from '../accuracy/truth.ts'
import { startWitness, stopWitness, takeWitnessed } from '../accuracy/witness.ts'
import type { Answer, Assignment, Judged, Looper } from './task.ts'

// One client in a process of its own, so that the CPU used is the client's. What only we do runs only where
// we are measured: the lag monitor, and everything that follows a call.
const { client: name, task, url, port } = JSON.parse(process.argv[2] ?? '') as Assignment
const lag = name === 'firsttoken' ? startLagMonitor(systemClock) : null
const clients = clientsOf({ url, port })
const client: Client = lag === null ? clients[name as Exclude<Looper, 'firsttoken'>] : whole(url, lag)
if (lag !== null) await warmUp(['openai'])

const inTurn = async (call: Client, scripts: readonly Script[]): Promise<void> => {
  for (const script of scripts) await call(script)
}

const repeated = (count: number, script: Omit<Script, 'id'>): Script[] =>
  Array.from({ length: count }, (_, index) => ({ ...script, id: `${task.kind}-${index}` }))

/** CPU of these calls in ms, after a few for the compiler. */
async function cpuOf(warming: readonly Script[], measured: readonly Script[]): Promise<number> {
  await inTurn(client, warming)
  const before = process.cpuUsage()
  await inTurn(client, measured)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Calls as usual ones are: a first token, then 48 more events, 3 ms an event. */
async function events(perWrite: number): Promise<number> {
  const [calls, chunks] = [20, 48]
  const call = { chunks, perWrite, gapMs: 3 * perWrite, ttftMs: 50 }
  return (1000 * (await cpuOf(repeated(10, call), repeated(calls, call)))) / (calls * chunks)
}

async function wait(): Promise<number> {
  const [calls, seconds] = [3, 2]
  const call = { chunks: 1, ttftMs: 1000 * seconds }
  return (await cpuOf(repeated(5, { chunks: 1 }), repeated(calls, call))) / (calls * seconds)
}

/** Milliseconds from the write of the first token to its stamp. */
async function firstErrors(): Promise<number[]> {
  const stamping = clients[name]
  const offset = clockOffset()
  await inTurn(stamping, repeated(5, { chunks: 3 }))
  startWitness()
  const errors: number[] = []
  for (const script of repeated(48, { chunks: 20, ttftMs: 50, gapMs: 5 })) {
    const { stamps } = await stamping(script)
    const [first] = takeWitnessed().get(script.id) ?? []
    errors.push((stamps[0] ?? NaN) + offset - (first?.sent ?? NaN))
  }
  stopWitness()
  return errors
}

/** Calls one after another, as a run makes them; each waits as long as chance says. */
async function judged(): Promise<Judged[]> {
  if (lag === null) return []
  const offset = clockOffset()
  const qualities = new Map<string, TimingQuality>()
  await inTurn(client, repeated(5, { chunks: 3 }))
  startWitness()
  for (const call of repeated(100, { chunks: 3, gapMs: 20 })) {
    const script = { ...call, ttftMs: 100 + 150 * Math.random() }
    const seen = await probe(callFor(url, script), { clock: systemClock, lag, env: {}, egressAllow: [] })
    qualities.set(script.id, seen.timingQuality)
  }
  stopWitness()
  return [...takeWitnessed()].map(([id, seen]) => {
    const [lateMs = NaN, ...others] = seen.map((event) => event.seen + offset - event.sent)
    return { lateMs, othersMs: Math.max(...others), ok: qualities.get(id) === 'ok' }
  })
}

async function perform(): Promise<Partial<Answer>> {
  if (task.kind === 'events') return { value: await events(task.perWrite) }
  if (task.kind === 'wait') return { value: await wait() }
  if (task.kind === 'error') return { errors: await firstErrors() }
  if (task.kind === 'flag') return { judged: await judged() }
  await inTurn(client, repeated(30, { chunks: 20, ttftMs: 20, gapMs: 3 }))
  return {}
}

const answer: Answer = { value: NaN, errors: [], judged: [], ...(await perform()) }
process.send?.(answer, () => process.exit())

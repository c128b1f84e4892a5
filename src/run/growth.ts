import { isTimed, type Level, type Probe, type Search, type Settings } from '../core/plan.ts'
import { makeNonce } from '../core/prompt.ts'
import { sweepLimits } from '../core/request-limits.ts'
import { describeLevel, type LevelReport } from '../lab/describe-level.ts'
import { interruptedMs } from '../lab/interruption.ts'
import { nextLevel, sizeOf } from '../lab/ladder.ts'
import { type LevelRow, requestsOf } from '../lab/level-rows.ts'
import type { RunEvent } from './events.ts'
import { furtherProbes, type Place } from './further-probes.ts'
import { dueOf, nextLevelOf } from './level.ts'
import { type AheadStage, stageOf } from './pacing.ts'
import type { RunRecorder } from './recorder.ts'

/** What a sweep adds to its plan while it goes: calls of a level that lasts, and levels that a search tries next. */
export interface Growth {
  /** Hears of each probe that is claimed and of each result: more is planned like those, and by what came of them. */
  claimed: (probe: Probe) => void
  ended: (row: LevelRow) => void
  /** Plans more calls of a level; false if there can be none. Rejects with StoreError. */
  more: (place: number) => Promise<boolean>
  /** Waits for calls that are being planned. */
  settle: () => Promise<void>
  /** Plans the level after one that is over; null if its search is, or there is none. Rejects with StoreError. */
  next: (place: number, cpuShare: number | null) => Promise<AheadStage | null>
}

/** What a plan grows with. */
interface GrowthParts {
  settings: Settings
  /** Probes that the run has. */
  nProbes: number
  /** What other workers recorded of it. */
  recorded: readonly LevelRow[]
  recorder: Pick<RunRecorder, 'extend'>
  uuid: () => string
  random: () => number
  emit: (event: RunEvent) => Promise<void>
}

/** Calls that are added to a level at once at most, and how many of it are left when they are. */
const largestBatch = 5000
const leftShare = 1 / 4
/** Probes of a target and context tier that are kept as examples. */
const mostExamples = 1000

/** A level, and what is known of its calls. */
interface Grown {
  level: Level
  planned: number
  claimed: number
  /** Whether one was claimed since calls were planned last. */
  isUsed: boolean
  /** How they all begin, if its cache is to be warm; null until that is known. */
  nonce: string | null
  /** What came of them until it is described. */
  rows: LevelRow[]
  report: LevelReport | null
}

/** Opens the growth of a run. */
export const openGrowth = (parts: GrowthParts): Growth => new PlanGrowth(parts)

class PlanGrowth implements Growth {
  readonly #parts: GrowthParts
  readonly #levels: Grown[]
  /** How many levels the run had at first. */
  readonly #nFirst: number
  /** By target and context tier. */
  readonly #examples = new Map<string, Probe[]>()
  readonly #mostProbes: number
  #nProbes: number
  #growing: Promise<boolean> | null = null

  constructor(parts: GrowthParts) {
    this.#parts = parts
    this.#levels = (parts.settings.levels ?? []).map(toGrown)
    this.#nFirst = this.#levels.length
    this.#mostProbes = parts.settings.mostCalls ?? sweepLimits.calls
    this.#nProbes = parts.nProbes
    for (const row of parts.recorded) this.#levels[row.level ?? -1]?.rows.push(row)
  }

  claimed(probe: Probe): void {
    const place = probe.level ?? -1
    const of = this.#levels[place]
    if (of === undefined) return
    of.claimed += 1
    of.isUsed = true
    of.nonce ??= probe.asks?.nonce ?? null
    if (place < this.#nFirst) {
      const kept = this.#examplesOf(of.level)
      if (kept.length < mostExamples) kept.push(probe)
      this.#examples.set(cellOf(of.level), kept)
    }
    if (isTimed(of.level) && of.planned - of.claimed <= of.planned * leftShare)
      // Whoever finds none left asks again, and hears of it if the database failed.
      this.more(place).catch(() => undefined)
  }

  #examplesOf(level: Level): Probe[] {
    return this.#examples.get(cellOf(level)) ?? []
  }

  ended(row: LevelRow): void {
    if (this.#parts.settings.search === undefined) return
    this.#levels[row.level ?? -1]?.rows.push({ ...row, worker: 'this one' })
  }

  more(place: number): Promise<boolean> {
    this.#growing ??= this.#addCalls(place).finally(() => (this.#growing = null))
    return this.#growing
  }

  async #addCalls(place: number): Promise<boolean> {
    const of = this.#levels[place]
    // Of what was planned last nothing could be claimed, and more of it could not either.
    if (of === undefined || !isTimed(of.level) || !of.isUsed) return false
    const n = Math.min(of.planned, largestBatch, this.#mostProbes - this.#nProbes)
    const at = { level: place, from: of.planned, warmups: of.level.warmups, n, due: [] }
    const isMore = await this.#extend(of, at, [])
    of.isUsed = false
    of.planned += isMore ? n : 0
    return isMore
  }

  async settle(): Promise<void> {
    await this.#growing?.catch(() => undefined)
  }

  async next(place: number, cpuShare: number | null): Promise<AheadStage | null> {
    const { search } = this.#parts.settings
    const of = this.#levels[place]
    if (search === undefined || of === undefined) return null
    of.report = reportOf(of, search, of.claimed > 0 ? cpuShare : null)
    const cell = this.#levels.filter(({ level }) => cellOf(level) === cellOf(of.level))
    // Those that another worker has added come later.
    if (cell.at(-1) !== of) return null
    const tried = cell.map(({ level: { load }, report }) => ({ size: sizeOf(load), report }))
    const step = nextLevel(search, tried)
    return 'next' in step ? this.#addLevel(of.level, step.next, search) : null
  }

  async #addLevel(last: Level, size: number, search: Search): Promise<AheadStage | null> {
    const first = this.#levels.find(({ level: other }) => cellOf(other) === cellOf(last))
    const level = nextLevelOf(first?.level ?? last, size, search)
    const place = this.#levels.length
    const due = dueOf(level)
    const { warmups } = level
    const at = { level: place, from: 0, warmups, n: warmups + level.total, due }
    const added = toGrown(level)
    if (!(await this.#extend(added, at, [level]))) return null
    this.#levels.push(added)
    return stageOf(level, place, due)
  }

  /** Adds probes of a level, and the level itself if it is new; false if that is not possible. */
  async #extend(of: Grown, at: Place, added: Level[]): Promise<boolean> {
    const { recorder, uuid, emit } = this.#parts
    const probes = furtherProbes(this.#examplesOf(of.level), at, { uuid, nonce: this.#nonceOf(of) })
    if (probes.length === 0 || this.#nProbes + probes.length > this.#mostProbes) return false
    const levels = [...this.#levels.map(({ level }) => level), ...added]
    if (!(await recorder.extend({ levels, probes }))) return false
    this.#nProbes += probes.length
    void emit({ type: 'run_extended', levels: added, n_probes: this.#nProbes })
    return true
  }

  /** How calls of a level begin: with a nonce of their own each, or all as the level does. */
  #nonceOf(of: Grown): () => string {
    const { settings, random } = this.#parts
    if (settings.work?.cache !== 'warm') return () => makeNonce(random)
    const nonce = (of.nonce ??= makeNonce(random))
    return () => nonce
  }
}

const toGrown = (level: Level): Grown => ({
  level,
  planned: level.warmups + level.total,
  claimed: 0,
  isUsed: false,
  nonce: null,
  rows: [],
  report: null,
})

function reportOf(
  { level, rows }: Grown,
  { objectives }: Search,
  cpuShare: number | null,
): LevelReport | null {
  const all = rows.splice(0)
  const { load } = level
  return describeLevel(requestsOf(all), { load, objectives, cpuShare, interruptedMs: interruptedMs(all) })
}

const cellOf = ({ provider, model, contextTokens }: Level): string =>
  JSON.stringify([provider, model, contextTokens])

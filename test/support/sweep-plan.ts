import type { ClosedLoad, Level, OpenLoad, Plan } from '../../src/core/plan.ts'
import { configuredProviders } from '../../src/registry/configure.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { execute } from '../../src/run/execute.ts'
import { levelOf } from '../../src/run/level.ts'
import type { RunParts } from '../../src/run/parts.ts'
import { makePlan } from '../../src/run/plan.ts'
import { collect, observation, partsOf } from './run-parts.ts'
import { samplePlan, samplePrice, sampleTarget } from './samples.ts'
import { queueOf, sleepingClock } from './sleeping-clock.ts'

const { providers } = configuredProviders({ OPENAI_API_KEY: 'sk-a' })

type Load = ClosedLoad | OpenLoad

interface Asked extends Partial<Plan['settings']> {
  total?: number
  durationMs?: number
  models?: string[]
}

/** A sweep that begins with these levels of each model. */
export function sweepPlan(load: Load | readonly Load[], asked: Asked = {}): Plan {
  const { total = 20, durationMs, models = ['a'], ...settings } = asked
  const lasts = durationMs === undefined ? {} : { durationMs }
  const targets = models.map((model) => sampleTarget(model, 'openai'))
  let id = 0
  return makePlan({
    ...samplePlan([], { mode: 'sweep' }),
    region: 'local',
    runs: 1,
    contextTiers: [0],
    warmup: true,
    targets,
    providers,
    priceOf: () => samplePrice,
    contextWindowOf: () => null,
    budget: null,
    settings: { ...samplePlan([]).settings, ...settings },
    levels: targets.flatMap((target) => {
      const { model } = target
      const frame = { provider: 'openai', model, contextTokens: null, total, ...lasts }
      return [load].flat().map((each) => ({ target, level: levelOf(frame, each) }))
    }),
    random: Math.random,
    uuid: () => `id-${(id += 1)}`,
  })
}

/** What a sweep is carried out with. */
interface Carried extends Partial<RunParts> {
  /** Calls that are served at once, first in, first out. */
  slots: number
  /** Other events than those of carrying the plan out. */
  eventsOf?: (parts: RunParts) => AsyncGenerator<RunEvent>
}

/** Carries a plan out against a queue that serves a call in 100 ms, in virtual time. */
export async function carryOut(plan: Plan, { slots, eventsOf, ...more }: Carried) {
  const time = sleepingClock()
  const serve = queueOf(time, { slots, serviceMs: 100 })
  const begins: number[] = []
  const measure: RunParts['measure'] = async ({ dueAt }) => {
    const began = time.clock.now()
    const sent = Math.max(began, dueAt ?? 0)
    begins.push(sent)
    const { waitMs } = await serve(sent)
    return observation(plan, {
      startedAt: new Date(began),
      queueMs: 0,
      connectMs: 0,
      ttftMs: waitMs + 50,
      totalLatencyMs: waitMs + 100,
      lateMs: dueAt === undefined ? null : sent - dueAt,
      timingQuality: 'ok',
    })
  }
  const { clock, sleep } = time
  const parts = partsOf(plan, { clock, sleep, measure, providers, ...more })
  const events = await time.during(collect(eventsOf?.(parts) ?? execute(plan, parts)))
  const results = events.flatMap((event) => ('result' in event ? [event.result] : []))
  const added = events.flatMap((event) => (event.type === 'run_extended' ? event.levels : []))
  return { events, results, begins, added, sizes: added.map(sizeOf), last: events.at(-1) }
}

const sizeOf = ({ load }: Level): number => ('rate' in load ? load.rate : load.concurrency)

import {
  type Arbitrary,
  boolean,
  constant,
  constantFrom,
  double,
  nat,
  oneof,
  option,
  record,
} from 'fast-check'
import { randomUUID } from 'node:crypto'
import type { ErrorKind, FaultDomain } from '../../src/core/outcome.ts'
import type { Plan, Probe } from '../../src/core/plan.ts'
import type { Result } from '../../src/core/result.ts'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { recordResult } from './record-result.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from './samples.ts'

const hourMs = 3_600_000

const failures: { kind: ErrorKind; domain: FaultDomain }[] = [
  { kind: 'timeout_idle', domain: 'provider' },
  { kind: 'server_error', domain: 'provider' },
  { kind: 'rate_limited', domain: 'account' },
  { kind: 'bad_request', domain: 'config' },
  { kind: 'content_filter', domain: 'excluded' },
  { kind: 'aborted', domain: 'self' },
]

/** Few buckets, so that results share them. */
const place = {
  target: nat(1),
  region: nat(1),
  series: constantFrom<number[]>(0, 0, 0, 1),
  hoursAgo: constantFrom<number[]>(0, 0, 1, 2, 30),
}
const figure = double({ min: 0.001, max: 100_000, noNaN: true })
export const anyOperation = oneof(
  {
    weight: 6,
    arbitrary: record({
      do: constant('succeed' as const),
      ...place,
      ttft: option(figure),
      tps: option(figure),
      latency: figure,
      cost: option(double({ min: 0, max: 0.1, noNaN: true })),
      trusted: boolean(),
    }),
  },
  { weight: 3, arbitrary: record({ do: constant('fail' as const), ...place, which: nat(5) }) },
  { weight: 1, arbitrary: record({ do: constant('repeat' as const), which: nat() }) },
  {
    weight: 2,
    arbitrary: record({
      do: constant('confirm' as const),
      which: nat(),
      ok: boolean(),
      minutesLater: constantFrom(0, 90),
    }),
  },
  {
    weight: 1,
    arbitrary: record({ do: constant('rederive' as const), which: nat(), ttft: figure }),
  },
  { weight: 1, arbitrary: record({ do: constant('outage' as const), hoursAgo: place.hoursAgo }) },
  {
    weight: 1,
    arbitrary: record({
      do: constantFrom('deleteResult' as const, 'deleteRun' as const, 'edit' as const),
      which: nat(),
    }),
  },
  {
    weight: 2,
    arbitrary: record({
      do: constant('mark' as const),
      which: nat(),
      as: constantFrom('own_load' as const, 'warmup' as const, 'maintenance' as const),
    }),
  },
  { weight: 1, arbitrary: record({ do: constant('deleteTarget' as const), target: nat(1) }) },
)
type Operation = typeof anyOperation extends Arbitrary<infer Any> ? Any : never

/** Executes operations as the program and people do. */
export class Recorder {
  readonly #sql: Sql
  readonly #store: Store
  readonly #results: Result[] = []

  constructor(sql: Sql) {
    this.#sql = sql
    this.#store = createSqlStore(sql)
  }

  async do(operation: Operation): Promise<void> {
    const any = 'which' in operation ? this.#results[operation.which % this.#results.length] : undefined
    switch (operation.do) {
      case 'succeed': {
        const { ttft, tps, latency, cost, trusted } = operation
        const measured = { ttftMs: ttft, ttfaMs: ttft, tps, totalLatencyMs: latency, costUsd: cost }
        return this.#record(operation, (plan, probe, startedAt) =>
          sampleResult(plan, probe, {
            ...measured,
            startedAt,
            timingQuality: trusted ? 'ok' : 'untrusted',
          }),
        )
      }
      case 'fail': {
        const { kind, domain } = failures[operation.which] ?? { kind: 'self', domain: 'self' }
        return this.#record(operation, (plan, probe, startedAt) =>
          failedResult(plan, probe, { startedAt, errorKind: kind, faultDomain: domain }),
        )
      }
      case 'outage':
        return this.#outage(operation.hoursAgo)
      case 'deleteTarget':
        await this.#sql.query('delete from targets where id in (select id from targets offset $1 limit 1)', [
          operation.target,
        ])
        return
      case 'repeat':
      case 'confirm':
      case 'mark':
      case 'rederive':
      case 'deleteResult':
      case 'deleteRun':
      case 'edit':
        if (any !== undefined) await this.#change(operation, any)
    }
  }

  async #change(operation: Operation, any: Result): Promise<void> {
    if (operation.do === 'repeat') await recordResult(this.#store, any).catch(onlyGone)
    if (operation.do === 'rederive') {
      const rederived = { ...any, ttftMs: operation.ttft }
      const results = [{ id: any.id, metrics: rederived }]
      await this.#store.rederiveResults({ formulaVersion: 99, results })
    }
    if (operation.do === 'deleteResult')
      await this.#sql.query('delete from benchmark_results where id = $1', [any.id])
    if (operation.do === 'deleteRun') await this.#sql.query('delete from runs where id = $1', [any.runId])
    if (operation.do === 'edit')
      await this.#sql.query(
        `update benchmark_results set created_at = created_at - interval '5 hours', region = 'moved' where id = $1`,
        [any.id],
      )
    if (operation.do === 'mark')
      await this.#sql.query(
        `update benchmark_results set ${operation.as} = not ${operation.as} where id = $1`,
        [any.id],
      )
    if (operation.do === 'confirm') await this.#confirm(any, operation)
  }

  async #record(
    at: { target: number; region: number; series: number; hoursAgo: number },
    make: (plan: Plan, probe: Probe, startedAt: Date) => Result,
  ): Promise<void> {
    const target = sampleTarget(`model-${at.target}`)
    const probe = sampleProbe(target, { region: `region-${at.region}`, series: `series-${at.series}` })
    const plan = samplePlan([], { probes: [probe] })
    await this.#store.startRun(plan, probe.region)
    const startedAt = new Date(Date.now() - at.hoursAgo * hourMs)
    const result = make(plan, probe, startedAt)
    await recordResult(this.#store, result)
    this.#results.push(result)
  }

  /** Calls of three providers fail on the network, and the run is closed. */
  async #outage(hoursAgo: number): Promise<void> {
    const names = ['openai', 'groq', 'mistral']
    const [about] = samplePlan([]).providers
    if (about === undefined) throw new Error('the sample has no provider')
    const plan = samplePlan([], {
      providers: names.map((id) => ({ ...about, id, name: id })),
      probes: names.map((name) => sampleProbe(sampleTarget('model-0', name))),
    })
    await this.#store.startRun(plan, 'local')
    const startedAt = new Date(Date.now() - hoursAgo * hourMs)
    for (const probe of plan.probes) {
      const result = failedResult(plan, probe, { startedAt, errorKind: 'dns', faultDomain: 'provider' })
      await recordResult(this.#store, result)
      this.#results.push(result)
    }
    await this.#store.finishRun({ runId: plan.id, status: 'finished' })
    const { rows } = await this.#sql.query(
      `select from benchmark_results where run_id = $1 and fault_domain <> 'self'`,
      [plan.id],
    )
    if (rows.length > 0) throw new Error('the outage was not seen as ours')
  }

  async #confirm(first: Result, { ok, minutesLater }: { ok: boolean; minutesLater: number }): Promise<void> {
    const [id, resultId] = [randomUUID(), randomUUID()]
    const planned = await this.#store.planConfirm({ probeId: first.probeId, id, resultId }).catch(onlyGone)
    if (planned === undefined) return
    const more = {
      id: resultId,
      probeId: id,
      startedAt: new Date(first.startedAt.getTime() + 5000 + minutesLater * 60_000),
    }
    const plan = samplePlan([], { id: first.runId })
    const target = sampleTarget(first.model, first.provider)
    const probe = sampleProbe(target, { region: first.region, series: first.series })
    const result = ok
      ? sampleResult(plan, probe, more)
      : failedResult(plan, probe, { ...more, errorKind: 'server_error', faultDomain: 'provider' })
    await recordResult(this.#store, result)
    this.#results.push(result)
  }
}

/** Results of a deleted run or target cannot be recorded again. */
function onlyGone(error: unknown): undefined {
  if (error instanceof Error && /no run|no rows|query returned no rows|not found/i.test(error.message))
    return undefined
  throw error
}

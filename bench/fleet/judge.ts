import type { Sql } from '../../src/store/connection.ts'
import { atMost, type Goal } from '../goals.ts'
import { judgeCalls } from './judge-calls.ts'
import { judgeOrder } from './judge-order.ts'
import { judgeRows } from './judge-rows.ts'
import { figuresOf, type Judged } from './judged.ts'
import type { Evidence } from './simulate.ts'

/** Judges a fleet by what its providers saw, its database says and its processes took. */
export async function judge(evidence: Evidence, sql: Sql): Promise<Judged> {
  const parts = [
    await judgeRows(evidence, sql),
    await judgeCalls(evidence, sql),
    await judgeOrder(evidence, sql),
    judgeCosts(evidence),
  ]
  return { figures: parts.flatMap(({ figures }) => figures), goals: parts.flatMap(({ goals }) => goals) }
}

/** Sessions that only tell workers what to look at: who claims and records would do so without a fleet too. */
const coordination = ['queue']

/** What the calls took of the database: statements, and CPU by the name of the session. */
function judgeCosts({ calls, statements, cpu, slots, world }: Evidence): Judged {
  const all = sum(statements.at(-1) ?? {})
  const spent = cpu.at(-1) ?? {}
  const perCall = (ms: number) => ms / calls.length
  const coordinated = coordination.reduce((total, name) => total + (spent[name] ?? 0), 0)
  const per = (of: Record<string, number>) =>
    Object.fromEntries(Object.entries(of).map(([name, count]) => [name, perCall(count)]))
  return {
    figures: [
      ...figuresOf('statements per probe', per(statements.at(-1) ?? {})),
      ...figuresOf('CPU of Postgres per probe, ms', per(spent)),
    ],
    goals: [
      atMost('statements per probe', 2.2, perCall(all)),
      atMost('CPU of Postgres for coordination per probe, ms', 0.1, perCall(coordinated)),
      ...(slots.length < 2 ? [] : [slowdown(cpu, { calls, slots, world })]),
    ],
  }
}

/** What a probe of the last slot took of the database over one of the first, whose plan is made and thrown away more often. */
function slowdown(cpu: Evidence['cpu'], { calls, slots }: Pick<Evidence, 'calls' | 'slots' | 'world'>): Goal {
  const until = slots[0]?.lateAt.getTime() ?? 0
  const first = calls.filter(({ began }) => began < until).length
  const [before, after] = [sum(cpu[0] ?? {}), sum(cpu.at(-1) ?? {})]
  const later = (after - before) / (calls.length - first) / (slots.length - 1)
  return atMost('CPU of Postgres per probe of the last slot over the first', 1.2, later / (before / first))
}

const sum = (counts: Record<string, number>): number =>
  Object.entries(counts).reduce((total, [name, count]) => (name === 'judge' ? total : total + count), 0)

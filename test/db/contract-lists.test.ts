import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { deriveMetrics, formulaVersion } from '../../src/core/metrics.ts'
import { StoreError } from '../../src/store/store.ts'
import type { StoredResult } from '../../src/store/stored-result.ts'
import { decodeTimeline } from '../../src/store/timeline.ts'
import { contractStore, failureOf, fresh } from '../support/contract-store.ts'
import { recordResult } from '../support/record-result.ts'
import { samplePlan, sampleProbe, sampleResult, sampleTarget, sampleTimeline } from '../support/samples.ts'
import { transports } from '../support/transports.ts'

describe.each(transports)('listing and deriving over $name', ({ open }) => {
  const { store, sql, rowsOf, start, claim, claimed, allResults, recordedApart } = contractStore(open)

  describe('listing results', () => {
    test('pages through all of them, oldest first', async () => {
      const plan = await start(
        {},
        Array.from({ length: 5 }, () => fresh()),
      )
      const recorded: string[] = []
      for (const probe of plan.probes) {
        await recordResult(store, sampleResult(plan, probe, { startedAt: new Date() }))
        recorded.push(probe.resultId)
      }
      const pages: string[][] = []
      let after: string | null = null
      do {
        const page = await store.listResults({ runId: plan.id, after, limit: 2 })
        pages.push(page.rows.map(({ id }) => id))
        after = page.next
      } while (after !== null)
      expect(pages.map((page) => page.length)).toEqual([2, 2, 1])
      expect(pages.flat()).toEqual(recorded)
    })

    test('a page that holds all of them is the last', async () => {
      const plan = await start({}, [fresh()])
      await recordResult(store, sampleResult(plan, (await claimed(plan)).probe))
      expect(await store.listResults({ runId: plan.id, after: null, limit: 1 })).toMatchObject({
        rows: [{}],
        next: null,
      })
    })

    test('of a run without results is an empty page', async () => {
      const plan = await start()
      expect(await store.listResults({ runId: plan.id, after: null, limit: 10 })).toMatchObject({
        rows: [],
        next: null,
      })
    })

    test('of all runs has what was recorded in the range, its beginning and not its end', async () => {
      const { ids, plan, range } = await recordedApart(2)
      const [first, second] = [60_000, 120_000].map((ms) => new Date(range.since.getTime() + ms))
      const other = await start()
      const found = async (more: object) => {
        const { rows } = await store.listResults({ ...range, ...more })
        return rows.map(({ id }) => id)
      }
      await sql.query('update benchmark_results set created_at = $1 where id = $2', [
        second?.toISOString(),
        ids[1],
      ])
      expect(await found({})).toEqual(ids)
      expect(await found({ runId: null })).toEqual(ids)
      expect(await found({ since: first })).toEqual(ids)
      expect(await found({ until: second })).toEqual(ids.slice(0, 1))
      expect(await found({ since: second, runId: plan.id })).toEqual(ids.slice(1))
      expect(await found({ runId: other.id })).toEqual([])
      expect(await found({ since: null, until: null, limit: 1 })).toHaveLength(1)
    })

    test('of a target has its own, alone and with the other filters', async () => {
      const { ids, plan, range } = await recordedApart(2)
      const { rows } = await store.listResults(range)
      const [other = '', model = ''] = rows.map((row) => String(row['model']))
      const targetId = String(rows[1]?.['target_id'])
      const found = async (more: object) =>
        (await store.listResults({ ...range, targetId, ...more })).rows.map(({ id }) => id)
      const ways = [{}, { runId: plan.id }, { provider: 'openai', model }, { mode: plan.mode, success: true }]
      for (const way of ways) expect(await found(way), JSON.stringify(way)).toEqual(ids.slice(1))
      for (const way of [{ model: other }, { runId: plan.id, model: other }, { targetId: plan.id }])
        expect(await found(way), JSON.stringify(way)).toEqual([])
    })

    test('the columns come in the order of the table, also of an empty page', async () => {
      const { range } = await recordedApart(1)
      const page = await store.listResults(range)
      const table = await rowsOf(`select column_name as name from information_schema.columns
        where table_schema = 'public' and table_name = 'benchmark_results' order by ordinal_position`)
      expect(page.columns).toEqual([...table.map(({ name }) => name), 'provider_name'])
      expect(page.columns.toSorted()).toEqual(Object.keys(page.rows[0] ?? {}).toSorted())
      const nothing = await store.listResults({ ...range, until: range.since })
      expect(nothing).toEqual({ rows: [], next: null, columns: page.columns })
    })

    test('a column that somebody added to the table is in whole rows, and named only there', async () => {
      const { range } = await recordedApart(1)
      await sql.exec(`alter table benchmark_results add column theirs text default 'kept'`)
      const whole = await store.listResults(range)
      const listed = await store.listResults({ ...range, withTexts: false })
      await sql.exec('alter table benchmark_results drop column theirs')
      expect(whole.rows).toMatchObject([{ theirs: 'kept' }])
      for (const { columns, rows } of [whole, listed])
        expect(columns.toSorted()).toEqual(Object.keys(rows[0] ?? {}).toSorted())
    })

    test.each([['of all runs'], ['of one']])(
      'pages %s go on where the last ended, whatever became of its last row',
      async (which) => {
        const { ids, plan, range } = await recordedApart(5)
        const asked = { ...range, runId: which === 'of one' ? plan.id : null, limit: 2 }
        const first = await store.listResults(asked)
        await sql.query('delete from benchmark_results where id = $1', [first.rows[1]?.id])
        const second = await store.listResults({ ...asked, after: first.next })
        expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(ids.slice(0, 4))
        // Its last row has moved.
        await sql.query(
          `update benchmark_results set created_at = created_at - interval '1 second' where id = $1`,
          [ids[3]],
        )
        const last = await store.listResults({ ...asked, after: second.next })
        expect(last).toMatchObject({ rows: [{ id: ids[4] }], next: null })
      },
    )

    test('continues after the id of a row, while there is one', async () => {
      const { ids, plan, range } = await recordedApart(3)
      const { rows } = await store.listResults({ ...range, after: ids[1] ?? null })
      expect(rows).toMatchObject([{ id: ids[2] }])
      const error = await failureOf(store.listResults({ runId: plan.id, after: randomUUID(), limit: 10 }))
      expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('first page') })
    })

    test.each(['x', 'x/y', '2026-11-26/', '/'])('after %s is refused', async (after) => {
      expect(await failureOf(store.listResults({ after, limit: 1 }))).toMatchObject({ kind: 'invalid' })
    })
  })

  describe('rederiving', () => {
    const recorded = async (count: number) => {
      const { range, ...rest } = await recordedApart(count)
      return { ...rest, range: { ...range, formulaVersion: null } }
    }
    const metrics = deriveMetrics(sampleTimeline, {
      input: 520,
      output: 109,
      reasoning: 12,
      cached: 0,
      source: 'usage',
    })

    test('a result comes with its timeline, its tokens and the metrics it has', async () => {
      const { ids, plan, range } = await recorded(1)
      const { rows, next } = await store.listTimelines(range)
      expect(rows).toEqual([
        {
          id: ids[0],
          createdAt: new Date(range.since.getTime() + 60_000),
          provider: 'openai',
          model: plan.probes[0]?.target.model,
          formulaVersion,
          usage: { input: 520, output: 109, reasoning: 12, cached: 0, source: 'usage' },
          metrics: expect.objectContaining({
            ttftMs: 250.5,
            tps: 30.5,
            stallCount: 1,
            totalLatencyMs: 900.001,
          }),
          timeline: { version: 2, data: expect.any(String) },
        },
      ])
      expect(next).toBeNull()
      const [row] = rows
      expect(await decodeTimeline(row?.timeline ?? { version: 0, data: '' })).toEqual(sampleTimeline)
      expect(Object.keys(row?.metrics ?? {}).toSorted()).toEqual(Object.keys(metrics).toSorted())
    })

    test('pages continue where the last ended, even among results of one moment', async () => {
      const { ids, range } = await recorded(5)
      const pages: string[][] = []
      let after: string | null = null
      do {
        const page = await store.listTimelines({ ...range, after, limit: 2 })
        pages.push(page.rows.map(({ id }) => id))
        after = page.next
      } while (after !== null)
      expect(pages.map((page) => page.length)).toEqual([2, 2, 1])
      expect(pages.flat()).toEqual(ids)
    })

    test('the range has its beginning and not its end, and a version can be left out', async () => {
      const { ids, range } = await recorded(1)
      const at = new Date(range.since.getTime() + 60_000)
      const found = async (more: object) => {
        const { rows } = await store.listTimelines({ ...range, ...more })
        return rows.map(({ id }) => id)
      }
      expect(await found({ since: at })).toEqual(ids)
      expect(await found({ until: at })).toEqual([])
      expect(await found({ formulaVersion })).toEqual([])
      expect(await found({ formulaVersion: formulaVersion + 1 })).toEqual(ids)
      expect((await store.listTimelines({ ...range, since: null, until: null, limit: 1 })).rows).toHaveLength(
        1,
      )
    })

    test('a result without a timeline is listed without', async () => {
      const { ids, range } = await recorded(1)
      await sql.query('delete from timelines where result_id = $1', [ids[0]])
      expect((await store.listTimelines(range)).rows).toMatchObject([{ id: ids[0], timeline: null }])
    })

    test('after a missing result is refused', async () => {
      const { range } = await recorded(1)
      const error = await failureOf(store.listTimelines({ ...range, after: randomUUID() }))
      expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('first page') })
    })

    test('new metrics replace the old ones, and nothing else; a second time changes nothing', async () => {
      const { ids, plan, range } = await recorded(2)
      const [id = '', other = ''] = ids
      const before = await allResults(plan)
      const input = { formulaVersion: 7, results: [{ id, metrics }] }
      expect(await store.rederiveResults(input)).toEqual({ updated: 1 })
      expect(await store.rederiveResults(input)).toEqual({ updated: 0 })
      const { rows } = await store.listTimelines(range)
      expect(rows.find((row) => row.id === id)).toMatchObject({ formulaVersion: 7, metrics })
      expect(rows.find((row) => row.id === other)).toMatchObject({
        formulaVersion,
        metrics: { tps: 30.5 },
      })
      const kept = (row: StoredResult) => [row.id, row['response_text'], row['cost_usd'], row['created_at']]
      expect((await allResults(plan)).map(kept)).toEqual(before.map(kept))
    })

    test('a result without a timeline keeps its metrics', async () => {
      const { ids, range } = await recorded(1)
      await sql.query('delete from timelines where result_id = $1', [ids[0]])
      const input = { formulaVersion: 7, results: [{ id: ids[0] ?? '', metrics }] }
      expect(await store.rederiveResults(input)).toEqual({ updated: 0 })
      expect((await store.listTimelines(range)).rows).toMatchObject([{ metrics: { tps: 30.5 } }])
    })

    test('nothing to write is no error', async () => {
      expect(await store.rederiveResults({ formulaVersion: 7, results: [] })).toEqual({ updated: 0 })
    })
  })

  describe('a run that does not exist', () => {
    const runId = randomUUID()
    const plan = samplePlan(['m'], { id: runId })
    test.each([
      ['claimProbe', () => claim(plan)],
      ['recordResult', () => recordResult(store, sampleResult(plan, sampleProbe(sampleTarget('m'))))],
      ['skipProbes', () => store.skipProbes({ runId, reason: 'x' })],
      ['finishRun', () => store.finishRun({ runId, status: 'finished' })],
      ['listResults', () => store.listResults({ runId, after: null, limit: 1 })],
    ])('%s says so', async (_, call) => {
      const error = await failureOf(call())
      expect(error).toBeInstanceOf(StoreError)
      expect(error).toMatchObject({
        kind: 'missing',
        code: 'P0002',
        message: expect.stringContaining(`there is no run ${runId}`),
      })
      expect(String(error)).not.toContain('migrate')
    })
  })

  test('an id that is none is refused as invalid', async () => {
    const error = await failureOf(store.finishRun({ runId: "x'; drop table runs", status: 'finished' }))
    expect(error).toMatchObject({ kind: 'invalid', code: '22P02' })
  })
})

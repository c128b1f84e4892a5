import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { toResultRow } from '../../src/store/result-codec.ts'
import type { StoredResult } from '../../src/store/stored-result.ts'
import { decodeTimeline } from '../../src/store/timeline.ts'
import { contractStore, eight, failureOf, fresh } from '../support/contract-store.ts'
import { recordResult } from '../support/record-result.ts'
import { failedResult, sampleProbe, sampleResult, sampleTarget, sampleTimeline } from '../support/samples.ts'
import { transports } from '../support/transports.ts'

/** Two spellings of one moment are the same moment. */
const asDates = (row: StoredResult | undefined) => ({
  ...row,
  started_at: new Date(String(row?.['started_at'])),
})

describe.each(transports)('recording and closing over $name', ({ open }) => {
  const { store, sql, rowsOf, start, claim, claimed, allResults } = contractStore(open)

  describe('recording', () => {
    test('keeps every field of the result under its own column', async () => {
      const plan = await start()
      const result = sampleResult(plan, (await claimed(plan)).probe)
      const receipt = await recordResult(store, result)
      expect(receipt).toMatchObject({
        recorded: true,
        id: result.id,
        providerId: expect.any(String),
        modelId: expect.any(String),
      })
      const [row] = await allResults(plan)
      expect(asDates(row)).toEqual({
        ...asDates(toResultRow(result)),
        provider_id: receipt.providerId,
        model_id: receipt.modelId,
        target_id: expect.any(String),
        confirms: null,
        fault_domain_was: null,
        created_at: expect.stringMatching(/^\d{4}-.*\+00:00$/),
        provider_name: 'OpenAI',
      })
      expect(new Date(String(row?.['created_at']))).toEqual(receipt.createdAt)
    })

    test('keeps the timeline', async () => {
      const plan = await start()
      const result = sampleResult(plan, (await claimed(plan)).probe)
      await recordResult(store, result)
      const [row] = await rowsOf(
        `select version, encode(data, 'base64') as data from timelines where result_id = $1`,
        [result.id],
      )
      expect(
        await decodeTimeline({ version: Number(row?.['version']), data: String(row?.['data']) }),
      ).toEqual(sampleTimeline)
    })

    test('twice is once: the second changes nothing', async () => {
      const plan = await start()
      const result = sampleResult(plan, (await claimed(plan)).probe)
      const first = await recordResult(store, result)
      const second = await recordResult(store, { ...result, responseText: 'other', success: false })
      expect(second).toEqual({ ...first, recorded: false })
      expect(await allResults(plan)).toMatchObject([{ response_text: 'Hello.', success: true }])
      expect(await store.finishRun({ runId: plan.id, status: 'finished' })).toMatchObject({
        nSucceeded: 1,
        nFailed: 0,
      })
    })

    test('by eight at once is once', async () => {
      const plan = await start()
      const result = sampleResult(plan, (await claimed(plan)).probe)
      const receipts = await eight(() => recordResult(store, result))
      expect(receipts.filter(({ recorded }) => recorded)).toHaveLength(1)
      expect(new Set(receipts.map(({ createdAt }) => createdAt.getTime())).size).toBe(1)
      expect(await allResults(plan)).toHaveLength(1)
    })

    test('a late result of a worker that lost its lease is the same result', async () => {
      const plan = await start({}, [fresh()])
      const slow = await claimed(plan, { leaseMs: 1 })
      await expect.poll(() => claim(plan)).not.toBeNull()
      await recordResult(store, sampleResult(plan, slow.probe, { responseText: 'quick' }))
      const late = await recordResult(store, sampleResult(plan, slow.probe, { responseText: 'slow' }))
      expect(late.recorded).toBe(false)
      expect(await allResults(plan)).toMatchObject([{ response_text: 'quick' }])
    })

    test('a failure keeps its kind, and unknown tokens and cost stay unknown', async () => {
      const plan = await start()
      await recordResult(store, failedResult(plan, (await claimed(plan)).probe))
      expect(await allResults(plan)).toMatchObject([
        {
          success: false,
          error_kind: 'rate_limited',
          fault_domain: 'account',
          status_code: 429,
          input_tokens: null,
          output_tokens: null,
          cost_usd: null,
          ttft_ms: null,
        },
      ])
    })

    test('text that Postgres cannot hold loses only what it cannot hold', async () => {
      const plan = await start()
      const { probe } = await claimed(plan)
      const hostile = { [`k\0ey`]: ['\uD800x', { deep: 'a\0b' }] }
      await recordResult(
        store,
        sampleResult(plan, probe, {
          responseText: 'a\0b\uD83D\uDE00c\uDE00d\uD83D \'"; drop table runs; -- \\u0000 \\',
          errorMessage: '\0',
          requestId: '\uDFFF',
          serverTimings: hostile,
        }),
      )
      expect(await allResults(plan)).toMatchObject([
        {
          response_text: 'ab\u{1F600}cd \'"; drop table runs; -- \\u0000 \\',
          error_message: '',
          request_id: '',
          server_timings: { key: ['x', { deep: 'ab' }] },
        },
      ])
    })

    test('a megabyte of text comes back as it was', async () => {
      const plan = await start()
      const responseText = 'ä€😀x'.repeat(131_072)
      await recordResult(store, sampleResult(plan, (await claimed(plan)).probe, { responseText }))
      const [row] = await allResults(plan)
      expect(row?.['response_text'] === responseText).toBe(true)
    })

    test('numbers that no column can hold become unknown, and the rest is kept', async () => {
      const plan = await start()
      const { probe } = await claimed(plan)
      await recordResult(
        store,
        sampleResult(plan, probe, {
          inputTokens: 12.5,
          outputTokens: 1e12,
          tps: Number.NaN,
          inputTps: Infinity,
        }),
      )
      expect(await allResults(plan)).toMatchObject([
        { input_tokens: null, output_tokens: null, tps: null, input_tps: null, ttft_ms: 250.5 },
      ])
    })

    test('a result whose provider was deleted meanwhile is kept', async () => {
      const id = fresh('gone')
      const plan = await start({
        providers: [{ id, name: id, baseUrl: 'http://x', logoUrl: null, synthetic: false }],
        probes: [sampleProbe(sampleTarget('m', id))],
      })
      const { probe } = await claimed(plan)
      await sql.query('delete from providers where slug = $1', [id])
      expect(await recordResult(store, sampleResult(plan, probe))).toMatchObject({ recorded: true })
      expect(await allResults(plan)).toMatchObject([
        { provider: id, provider_name: id, probe_id: null, target_id: null },
      ])
    })

    test('a second result for the same probe is refused', async () => {
      const plan = await start()
      const { probe } = await claimed(plan)
      await recordResult(store, sampleResult(plan, probe))
      const error = await failureOf(recordResult(store, sampleResult(plan, probe, { id: randomUUID() })))
      expect(error).toMatchObject({ name: 'StoreError', kind: 'conflict', code: '23505' })
    })

    test('an error kind that the database does not know is refused with the name of the column', async () => {
      const plan = await start()
      const { probe } = await claimed(plan)
      const error = await failureOf(
        recordResult(store, failedResult(plan, probe, { errorKind: 'gremlins' as 'self' })),
      )
      expect(error).toMatchObject({
        kind: 'invalid',
        code: '23514',
        message: expect.stringContaining('error_kind'),
      })
    })
  })

  describe('closing', () => {
    test('skips planned probes, and leaves the claimed one alone', async () => {
      const plan = await start()
      const { probe } = await claimed(plan)
      expect(await store.skipProbes({ runId: plan.id, reason: 'interrupted' })).toEqual({ skipped: 2 })
      expect(await store.skipProbes({ runId: plan.id, reason: 'again' })).toEqual({ skipped: 0 })
      expect(await claim(plan)).toBeNull()
      await recordResult(store, sampleResult(plan, probe))
      expect(
        await rowsOf('select status, skip_reason from probes where run_id = $1 order by ordinal', [plan.id]),
      ).toEqual([
        { status: 'done', skip_reason: null },
        { status: 'skipped', skip_reason: 'interrupted' },
        { status: 'skipped', skip_reason: 'interrupted' },
      ])
    })

    test('counts the run, and a second time changes nothing', async () => {
      const plan = await start()
      await recordResult(store, sampleResult(plan, (await claimed(plan)).probe))
      await recordResult(store, failedResult(plan, (await claimed(plan)).probe))
      await store.skipProbes({ runId: plan.id, reason: 'out of time' })
      const run = await store.finishRun({ runId: plan.id, status: 'finished' })
      expect(run).toMatchObject({ status: 'finished', nProbes: 3, nSucceeded: 1, nFailed: 1, nSkipped: 1 })
      expect(run.finishedAt).toBeInstanceOf(Date)
      expect(await store.finishRun({ runId: plan.id, status: 'abandoned' })).toEqual(run)
    })

    test('a result that comes after the end is counted', async () => {
      const plan = await start({}, [fresh()])
      const { probe } = await claimed(plan)
      expect(await store.finishRun({ runId: plan.id, status: 'cancelled' })).toMatchObject({ nSucceeded: 0 })
      await recordResult(store, sampleResult(plan, probe))
      expect(await store.finishRun({ runId: plan.id, status: 'finished' })).toMatchObject({
        status: 'cancelled',
        nSucceeded: 1,
      })
    })
  })
})

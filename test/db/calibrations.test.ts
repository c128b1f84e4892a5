import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Calibration } from '../../src/core/calibration.ts'
import type { Store } from '../../src/store/store.ts'
import { type OpenTransport, transport } from '../support/transports.ts'

/** A calibration with a different value in every field. */
const sample = (more: Partial<Calibration> = {}): Calibration => ({
  id: randomUUID(),
  host: `host-${randomUUID()}`,
  nodeVersion: 'v24.1.0',
  concurrency: 8,
  streams: 320,
  chunks: 6400,
  threads: 1,
  ttftP50Ms: 0.125,
  ttftP95Ms: 0.1 + 0.2,
  ttftP99Ms: 1e-7,
  chunkP50Ms: 0.011,
  chunkP95Ms: 12.5,
  chunkP99Ms: 1234.567,
  ...more,
})

describe.each(transport('Postgres 17'))('calibrations over $name', ({ open }) => {
  let opened: OpenTransport
  let store: Store
  beforeAll(async () => {
    opened = await open()
    store = opened.store
  })
  afterAll(() => opened.close())

  test('come back as recorded, with their time', async () => {
    const before = Date.now()
    const calibration = sample()
    expect(await store.recordCalibration(calibration)).toEqual({ recorded: true })
    const { rows } = await store.latestCalibration({ host: calibration.host })
    expect(rows).toEqual([{ ...calibration, createdAt: expect.any(Date) as Date }])
    expect(Math.abs((rows[0]?.createdAt.getTime() ?? 0) - before)).toBeLessThan(60_000)
  })

  test('are recorded once, however often they are sent', async () => {
    const calibration = sample()
    const sent = await Promise.all(Array.from({ length: 4 }, () => store.recordCalibration(calibration)))
    expect(sent.filter(({ recorded }) => recorded)).toHaveLength(1)
    expect(await store.recordCalibration({ ...calibration, ttftP50Ms: 99 })).toEqual({ recorded: false })
    const { rows } = await store.latestCalibration({ host: calibration.host })
    expect(rows).toMatchObject([{ id: calibration.id, ttftP50Ms: 0.125 }])
  })

  test('of a host are the latest at each concurrency, lowest first', async () => {
    const { host } = sample()
    for (const [concurrency, ttftP50Ms] of [
      [64, 1],
      [1, 2],
      [64, 3],
      [1, 4],
    ] as const)
      await store.recordCalibration(sample({ host, concurrency, ttftP50Ms }))
    await store.recordCalibration(sample({ concurrency: 1 }))
    const { rows } = await store.latestCalibration({ host })
    expect(rows.map(({ concurrency, ttftP50Ms }) => [concurrency, ttftP50Ms])).toEqual([
      [1, 4],
      [64, 3],
    ])
  })

  test('of a host that was never calibrated are empty', async () => {
    expect(await store.latestCalibration({ host: "nowhere'; drop table runs" })).toEqual({ rows: [] })
  })

  test('without an id or a number are refused', async () => {
    await expect(store.recordCalibration(sample({ id: 'x' }))).rejects.toMatchObject({ kind: 'invalid' })
    await expect(store.recordCalibration(sample({ ttftP50Ms: NaN }))).rejects.toMatchObject({
      kind: 'invalid',
    })
  })

  test('are found through their index', async () => {
    await opened.sql.exec('set enable_seqscan = off')
    const { rows } = await opened.sql.query(
      `explain select distinct on (concurrency) * from calibrations where host = 'h' order by concurrency, created_at desc`,
    )
    await opened.sql.exec('reset enable_seqscan')
    expect(JSON.stringify(rows)).toContain('idx_calibrations_latest')
  })
})

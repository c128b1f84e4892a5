import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Incident } from '../../src/core/incident.ts'
import { incidentStore, sampleChannel } from '../support/incident-store.ts'
import { transport } from '../support/transports.ts'

// The week of 28 September to 4 October 2026, which no clock here is in.
const week = '2026-W40'

describe.each(transport('supabase-js'))('troubles of a week over $name', ({ open }) => {
  const { store, rowsOf, down } = incidentStore(open)
  const read = () => store.readWeek({ week, limitUsd: null, nUnkept: null })

  beforeEach(async () => {
    await rowsOf('delete from incidents')
    await rowsOf('delete from providers')
  })

  /** An incident from one moment to another, or to no end. */
  async function incident(
    from: string,
    to: string | null,
    more: Partial<Pick<Incident, 'kind' | 'severity' | 'shadow'>> = {},
  ) {
    const { id, target } = await down(more)
    await rowsOf(
      `update incidents set first_bad_at = $2::timestamptz, opened_at = $2::timestamptz, resolved_at = $3::timestamptz,
        resolve_reason = case when $3::timestamptz is not null then 'recovered' end where id = $1`,
      [id, from, to],
    )
    return { id, ...target }
  }

  test('what is counted is minor or worse, and told; how long something was down, within the week', async () => {
    await incident('2026-09-27T23:00:00Z', '2026-09-28T01:00:00Z')
    const worst = await incident('2026-09-30T10:00:00Z', '2026-09-30T12:00:00Z')
    // An hour of it is the same hour.
    await incident('2026-09-30T11:00:00Z', '2026-09-30T12:30:00Z')
    await incident('2026-10-04T23:45:00Z', null)
    await incident('2026-10-01T00:00:00Z', '2026-10-02T00:00:00Z', { kind: 'slow', severity: 'minor' })
    await incident('2026-10-01T00:00:00Z', '2026-10-02T00:00:00Z', { kind: 'drift', severity: 'info' })
    await incident('2026-10-01T00:00:00Z', '2026-10-02T00:00:00Z', { shadow: true })
    await incident('2026-10-05T00:00:00Z', null)
    await incident('2026-09-20T00:00:00Z', '2026-09-21T00:00:00Z')
    const { incidents } = await read()
    expect(incidents).toEqual({
      opened: 4,
      open: 1,
      // 60 min, 150 min and 15 min.
      down_s: 225 * 60,
      worst: {
        kind: 'down',
        severity: 'critical',
        provider: worst.provider,
        model: worst.model,
        region: 'fra1',
        first_bad_at: '2026-09-30T10:00:00+00:00',
        resolved_at: '2026-09-30T12:00:00+00:00',
        lasts_s: 7200,
      },
    })
  })

  test('an incident that ended as the week began lasted no time of it', async () => {
    await incident('2026-09-27T23:00:00Z', '2026-09-28T00:00:00Z')
    expect((await read()).incidents).toMatchObject({ opened: 0, open: 0, down_s: 0, worst: { lasts_s: 0 } })
  })

  test('what the incident of a provider tells is counted once, and is down all the same', async () => {
    const { id: parent } = await incident('2026-09-30T10:30:00Z', '2026-09-30T11:00:00Z')
    const { id } = await incident('2026-09-30T10:00:00Z', '2026-09-30T12:00:00Z')
    await rowsOf('update incidents set parent_id = $2 where id = $1', [id, parent])
    expect((await read()).incidents).toMatchObject({ opened: 1, down_s: 7200 })
  })

  test('incidents of synthetic providers are none of the real ones', async () => {
    const { provider } = await incident('2026-09-30T10:00:00Z', null)
    await down()
    await rowsOf('update providers set synthetic = true where slug = $1', [provider])
    expect((await read()).incidents).toEqual({ opened: 0, open: 0, down_s: 0, worst: null })
  })

  test('what needs a person are refused calls, channels that are off, and what was not sent or not run', async () => {
    const refused = await incident('2026-10-03T00:00:00Z', null, { kind: 'misconfigured', severity: 'minor' })
    await incident('2026-10-03T00:00:00Z', '2026-10-04T00:00:00Z', { kind: 'misconfigured' })
    await store.saveChannels({ channels: ['gone', 'off', 'on', 'other'].map((name) => sampleChannel(name)) })
    await rowsOf(
      `update alert_channels set enabled = false, disabled_reason = 'answered HTTP 410' where name = 'gone'`,
    )
    await store.switchChannel({ name: 'off', enabled: false })
    await rowsOf(
      `insert into notification_deliveries (event, channel, payload, state, created_at)
        select 'test', 'on', '{}', each.state, each.at::timestamptz from (values ('dead', '2026-10-01'), ('sent', '2026-10-01'),
          ('dead', '2026-10-05'), ('dead', '2026-10-04T23:00:00Z')) each (state, at)`,
    )
    for (const [slot, status] of [
      ['2026-10-01T00:00:00Z', 'missed'],
      ['2026-10-01T00:15:00Z', 'abandoned'],
      ['2026-10-01T00:30:00Z', 'finished'],
      ['2026-10-05T00:00:00Z', 'missed'],
    ] as const)
      await rowsOf(
        `insert into runs (run_name, triggered_by, schedule, slot, status) values ('r', 'cron', $1, $2::timestamptz, $3)`,
        [`s-${randomUUID()}`, slot, status],
      )
    expect((await read()).attention).toEqual({
      n_misconfigured: 1,
      misconfigured: [{ provider: refused.provider, model: refused.model, region: 'fra1' }],
      channels_off: ['gone'],
      n_undelivered: 2,
      n_missed: 2,
      n_unkept: null,
    })
  })
})

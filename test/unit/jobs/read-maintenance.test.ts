import { pino } from 'pino'
import { expect, test } from 'vitest'
import { readMaintenance } from '../../../src/jobs/read-maintenance.ts'

const window = {
  name: 'night',
  scope: 'all',
  starts_at: null,
  ends_at: null,
  cron: '0 3 * * *',
  duration_minutes: 60,
  time_zone: 'UTC',
  reason: null,
  created_at: '2026-11-01T00:00:00+00:00',
  owned_by: null,
}

test('a window that cannot be read is logged, and keeps no other from being open', async () => {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) })
  const rows = [
    { ...window, id: 'a', name: 'elsewhere', time_zone: 'Mars/Olympus' },
    { ...window, id: 'b' },
  ]
  const isOpen = await readMaintenance({ listMaintenance: () => Promise.resolve({ rows }) }, { log })
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    "maintenance window elsewhere never opens: time_zone 'Mars/Olympus' is not a time zone such as Europe/Berlin or UTC",
  ])
  const at = (time: string) => isOpen({ provider: null, targetId: null }, new Date(`2026-11-10T${time}:00Z`))
  expect([at('02:59'), at('03:30'), at('04:00')]).toEqual([false, true, false])
})

import type { StatusPage } from '../../src/store/status-codec.ts'
import { componentRow, incidentRow, noteRow, onDays, pageRow } from '../../test/support/status-sample.ts'

/** A page that is as full as they get: 60 models of 10 providers with failures and outages, incidents on most days, notes. */
export function fullPage(): StatusPage {
  const components = Array.from({ length: 60 }, (_, index) => {
    const bad = Object.fromEntries(
      Array.from({ length: 12 }, (__, nth) => [(7 * nth + index) % 90, 1 + (nth % 6)]),
    )
    return componentRow(`provider-${Math.floor(index / 6)}/model-${index}`, {
      failed: onDays(bad),
      down_minutes: onDays({ [(11 * index) % 90]: 25 }),
      ...(index === 7
        ? { regions: [{ region: 'fra1', state: 'down', since: null, last_check_at: null }] }
        : {}),
    })
  })
  const day = (index: number) => String(1 + (index % 29)).padStart(2, '0')
  const past = Array.from({ length: 100 }, (_, index) =>
    incidentRow(`past-${index}`, [components[(13 * index) % 60]?.key ?? ''], {
      kind: index % 3 === 0 ? 'slow' : 'down',
      started_at: `2026-11-${day(index)}T08:00:00+00:00`,
      opened_at: `2026-11-${day(index)}T08:10:00+00:00`,
      resolved_at: `2026-11-${day(index)}T09:12:00+00:00`,
    }),
  )
  return pageRow({
    components,
    incidents: [incidentRow('open', [components[7]?.key ?? '']), ...past],
    notes: [noteRow('told', { incident_id: 'open', title: null, body: 'We look at it.' })],
  })
}

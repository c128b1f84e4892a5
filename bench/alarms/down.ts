import { judgeTarget } from '../../src/alerts/judge-target.ts'
import { rules } from '../../src/alerts/rules.ts'
import type { SeenCheck } from '../../src/alerts/window.ts'
import { seededRandom } from '../../src/core/random.ts'
import type { IncidentKind } from '../../src/core/incident.ts'
import type { AlarmRate } from '../../src/alerts/page.ts'
import { Ledger } from '../../test/support/ledger.ts'
import { quietTarget, stateOf } from '../../test/support/windows.ts'
import { beginning, perDay, stepMs } from './noise.ts'
import { perDayOf50 } from './rate.ts'

const { scope } = quietTarget

/** How often each kind opens if checks fail by chance, each by itself. */
export function failingChecks(
  share: number,
  { targets, days, kinds }: { targets: number; days: number; kinds: readonly IncidentKind[] },
): AlarmRate[] {
  const counts = kinds.map((): number[] => [])
  for (let seed = 1; seed <= targets; seed += 1) {
    const random = seededRandom(seed)
    const ledger = new Ledger()
    let checks: SeenCheck[] = []
    for (let index = 0; index < days * perDay; index += 1) {
      const now = new Date(beginning + index * stepMs)
      const ok = random() >= share
      checks = [...checks.slice(1 - rules.errors.of), { at: now, ok, errorKind: ok ? null : 'server_error' }]
      const open = ledger.open(scope)
      // What has not failed lately has nothing to open, and with nothing open there is nothing to resolve.
      if (open.length === 0 && checks.every((check) => check.ok)) continue
      const past = ledger.past(scope, now)
      const state = { ...stateOf(checks), checks }
      ledger.apply(judgeTarget({ ...quietTarget, ...state, now, open, past }), now)
    }
    kinds.forEach((kind, index) =>
      counts[index]?.push(ledger.incidents.filter((each) => each.kind === kind).length),
    )
  }
  return counts.map((each) => perDayOf50(each, days))
}

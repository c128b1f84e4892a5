import type { SweepInDetail } from '../../api/sweep-queries.ts'
import { CurveChart } from './curve-chart.tsx'
import { Doubts } from './doubts.tsx'
import { LevelTable } from './level-table.tsx'
import { Verdicts } from './verdicts.tsx'
import { curvesOf } from './view.ts'

/** What a sweep brought: the best of each model, the curve, percentiles level by level, and what to distrust. */
export function Outcome({ sweep }: { sweep: SweepInDetail }) {
  const curves = curvesOf(sweep.levels, sweep.groups)
  return (
    <>
      <Verdicts curves={curves} found={sweep.found} />
      <CurveChart curves={curves} />
      <LevelTable sweep={sweep} />
      <Doubts sweep={sweep} />
    </>
  )
}

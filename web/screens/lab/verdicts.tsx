import type { SweepInDetail, SweptLevel } from '../../api/sweep-queries.ts'
import { duration, durationParts, type Parts, unknown } from '../../format/numbers.ts'
import { span } from '../../format/time.ts'
import { foundFigure } from './found.ts'
import styles from './lab.module.css'
import { useLabSearch } from './use-search.ts'
import { type Curve, distributionOf, failuresOf, loadName, groupName } from './view.ts'
import { intervalText, perSecond } from './words.ts'

/** What each model gave at most, where its knee is, and what a request takes there. */
export const Verdicts = ({ curves, found }: { curves: readonly Curve[]; found: SweepInDetail['found'] }) => (
  <div className={styles.verdicts}>
    {curves.map((curve) => (
      <Verdict
        key={curve.id}
        curve={curve}
        name={curves.length === 1 ? null : groupName(curve)}
        found={found.find((each) => groupName(each) === groupName(curve)) ?? null}
      />
    ))}
  </div>
)

function Verdict({
  curve,
  name,
  found,
}: {
  curve: Curve
  name: string | null
  found: SweepInDetail['found'][number] | null
}) {
  const { from } = useLabSearch()
  const { best, knee } = curve
  const usual = knee ?? best
  return (
    <section aria-label={name ?? 'Verdict'}>
      {name !== null && <h2>{name}</h2>}
      <dl className={styles.figures}>
        {found !== null && <Found found={found} />}
        <Figure
          name="Most answers"
          parts={{ value: best === null ? unknown : perSecond(rateOf(best)), unit: 'per s' }}
          about={best === null ? 'no level is ranked' : `at ${loadName(best.load)}, ${groundOf(best)}`}
        />
        <Figure
          name="Most tokens"
          parts={{ value: best === null ? unknown : perSecond(tokensOf(best)), unit: 'tok/s' }}
          about={best === null ? 'no level is ranked' : `out, at ${loadName(best.load)}, ${groundOf(best)}`}
        />
        <Figure
          name="Knee"
          parts={{ value: knee === null ? unknown : loadName(knee.load), unit: '' }}
          about={knee === null ? noKnee(curve) : 'beyond it, more load hardly brings more'}
        />
        <Ttft level={usual} from={from} where={knee === null ? 'at most answers' : 'at the knee'} />
        <Figure name="Failed" parts={{ value: failedOf(curve), unit: '' }} about={countOf(curve)} />
      </dl>
    </section>
  )
}

function Found({ found }: { found: SweepInDetail['found'][number] }) {
  const { name, about, ...parts } = foundFigure(found)
  return <Figure name={name} parts={parts} about={about} />
}

function Ttft({ level, from, where }: { level: SweptLevel | null; from: 'sent' | undefined; where: string }) {
  const ttft = level?.report ? distributionOf(level.report, { by: 'ttft', ...(from && { from }) }) : null
  const p50 = ttft?.p50 ?? null
  const p95 = ttft?.p95 ?? null
  return (
    <Figure
      name={`TTFT p50 ${where}`}
      parts={durationParts(p50?.value)}
      about={
        ttft === null || p50 === null
          ? 'no level is ranked'
          : `${intervalText(p50)}, n ${ttft.n}, p95 ${duration(p95?.value)}`
      }
    />
  )
}

const Figure = ({ name, parts: { value, unit }, about }: { name: string; parts: Parts; about: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      {value} <small>{unit}</small>
    </dd>
    <dd title={about}>{about}</dd>
  </div>
)

const rateOf = ({ report }: SweptLevel): number => report?.throughput.requests_per_s ?? 0
const tokensOf = ({ report }: SweptLevel): number => report?.throughput.output_tokens_per_s ?? 0

/** What the rates of a level rest on: `n 50 in 12 s`. */
const groundOf = ({ report, wall_ms: wall }: SweptLevel): string => {
  if (report === null) return 'n 0'
  const length = report.window === null ? wall : report.window.to - report.window.from
  const where = report.window === null ? '' : ' of steady load'
  return `n ${report.n}${length === null ? '' : ` in ${span(length)}${where}`}`
}

/** Why a curve has no knee. */
const noKnee = ({ levels, ranked }: Curve): string =>
  ranked < 3
    ? `needs three ranked levels, and ${ranked} of ${levels.length} ${ranked === 1 ? 'is' : 'are'}`
    : 'none: more load still brings more'

const failedOf = ({ levels }: Curve): string =>
  String(levels.reduce((sum, { report }) => sum + (report === null ? 0 : failuresOf(report)), 0))

const countOf = ({ levels }: Curve): string =>
  `of ${levels.reduce((sum, { report }) => sum + (report?.n ?? 0), 0)} requests that count`

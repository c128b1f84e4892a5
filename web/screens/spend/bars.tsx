import { price, usd } from '../../format/numbers.ts'
import { day } from '../../format/time.ts'
import { useNow } from '../../ui/clock.ts'
import { useChosen } from '../../ui/use-chosen.ts'
import { spentText } from './kinds.ts'
import styles from './spend.module.css'
import { type SpentDay, ticksOf } from './view.ts'

/** The picture is so high in its own units, and stretched to its place; a day is one unit wide. */
const height = 100

/** A bar a day, oldest left, stacked by who was paid; arrow keys and the pointer choose a day, which is read out above. */
export function Bars({ payees, days }: { payees: readonly string[]; days: readonly SpentDay[] }) {
  const now = useNow()
  const { chosen, at, slider } = useChosen(days.length)
  const shown = days[at]
  const said = shown && textOf(shown, payees, now)
  const ticks = ticksOf(Math.max(...days.map(({ total }) => total)))
  const top = ticks.at(-1) ?? 1
  return (
    <>
      <p className={styles.readout} title={said}>
        {said}
      </p>
      <div className={styles.plot}>
        <span className={styles.axisTitle}>USD a day</span>
        {ticks.map((tick) => (
          <span key={tick} className={styles.tick} style={{ bottom: `${(tick / top) * 100}%` }}>
            <i>{tick === 0 ? '$0' : price(tick)}</i>
          </span>
        ))}
        <div className={styles.bars} {...slider} aria-label="Day" aria-valuetext={said}>
          <svg viewBox={`0 0 ${days.length} ${height}`} preserveAspectRatio="none" aria-hidden="true">
            {chosen !== null && <rect className={styles.chosen} x={chosen} y={0} width={1} height={height} />}
            <path className={styles.none} d={days.map(stubOf).join('')} />
            {payees.map((name, place) => (
              <path key={name} className={styles[`series${place + 1}`]} d={pathOf(days, place, top)} />
            ))}
          </svg>
        </div>
      </div>
      <Axis days={days} />
    </>
  )
}

/** A day without calls, which is not a day that was free. */
const stubOf = ({ n_calls: n }: SpentDay, index: number): string =>
  n === 0 ? `M${index + 0.14} ${height - 1.5}h0.72v1.5h-0.72z` : ''

/** The bars of one of those who were paid, on top of those before. */
function pathOf(days: readonly SpentDay[], place: number, top: number): string {
  return days
    .map(({ usd: of }, index) => {
      const below = of.slice(0, place).reduce((sum, each) => sum + each, 0)
      const [from, size] = [(below / top) * height, ((of[place] ?? 0) / top) * height]
      return size === 0 ? '' : `M${index + 0.14} ${round(height - from)}h0.72v${round(-size)}h-0.72z`
    })
    .join('')
}

const round = (value: number): number => Math.round(value * 1000) / 1000

function textOf({ day: at, usd: of, kinds }: SpentDay, payees: readonly string[], now: Date): string {
  const paid = payees.flatMap((payee, place) =>
    (of[place] ?? 0) === 0 || payees.length === 1 ? [] : [`${payee} ${usd(of[place])}`],
  )
  const whom = paid.length === 0 ? '' : ` (${paid.join(', ')})`
  return `${day(at, now, 'UTC')}: ${spentText(kinds)}${whom}`
}

/** Up to seven days beneath the bars. */
function Axis({ days }: { days: readonly SpentDay[] }) {
  const now = useNow()
  const step = Math.ceil(days.length / 7)
  return (
    <div className={styles.axis} aria-hidden="true">
      {days.map(({ day: at }, index) =>
        (days.length - 1 - index) % step === 0 ? (
          <span key={at} style={{ left: `${((index + 0.5) / days.length) * 100}%` }}>
            {day(at, now, 'UTC')}
          </span>
        ) : null,
      )}
      <em>day (UTC)</em>
    </div>
  )
}

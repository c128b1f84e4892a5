import { duration } from '../format/numbers.ts'
import styles from './phase-bar.module.css'
import { phaseAbout, type PhaseName, phaseNames } from './phases.ts'

type Phases = Readonly<Record<PhaseName, number | null>>

const knownOf = (phases: Phases) =>
  phaseNames.flatMap((name) => {
    const ms = phases[name]
    return ms === null ? [] : [{ name, ms }]
  })

/** Phases of a call after each other, as long as they took, with each in words beneath; `share` of the width, from 0 to 1. */
export function PhaseBar({ phases, share: wide = 1 }: { phases: Phases; share?: number }) {
  const known = knownOf(phases)
  const total = known.reduce((sum, { ms }) => sum + ms, 0)
  const share = (ms: number): number => (total === 0 ? 0 : (100 * ms) / total)
  const parts = known.map(({ name, ms }, index) => {
    const before = known.slice(0, index).reduce((sum, each) => sum + each.ms, 0)
    return { name, from: share(before), width: share(ms) }
  })
  return (
    <div className={styles.phases}>
      <svg
        className={styles.bar}
        style={{ width: `${100 * wide}%` }}
        viewBox="0 0 100 16"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {parts.map(({ name, from, width }) => (
          <rect key={name} className={styles[name]} x={from} width={Math.max(0.15, width)} height="16" />
        ))}
      </svg>
      <PhaseList phases={phases} />
    </div>
  )
}

/** Each phase in words, with its colour. */
export function PhaseList({ phases }: { phases: Phases }) {
  return (
    <dl className={styles.list}>
      {knownOf(phases).map(({ name, ms }) => (
        <div key={name} title={phaseAbout[name].meaning}>
          <dt>
            <svg viewBox="0 0 8 8" aria-hidden="true">
              <rect className={styles[name]} width="8" height="8" />
            </svg>
            {phaseAbout[name].label}
          </dt>
          <dd>{duration(ms)}</dd>
        </div>
      ))}
    </dl>
  )
}

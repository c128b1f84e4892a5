import type { ReactNode } from 'react'
import type { Parts } from '../format/numbers.ts'
import styles from './metric.module.css'

/** A value with its unit, and beneath it what it rests on. */
export function Metric({ parts, ground, why }: { parts: Parts; ground?: ReactNode; why?: string }) {
  return (
    <span className={styles.metric}>
      <span className={styles.value} title={why}>
        {parts.value}
        {parts.unit !== '' && <span className={styles.unit}> {parts.unit}</span>}
      </span>
      {ground !== undefined && (
        <span className={styles.ground} data-ground>
          {ground}
        </span>
      )}
    </span>
  )
}

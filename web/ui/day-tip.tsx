import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { dayErrorsQuery, type Whose } from '../api/gap-queries.ts'
import { spoken } from '../format/words.ts'
import styles from './uptime-bar.module.css'

/** A pointer that only passes asks for nothing. */
const pauseMs = 150

/** What a day was, and the kinds of its errors, which are read when somebody stays at it. */
export function DayTip({ text, failed, whose, since }: Shown) {
  const [isAsked, setAsked] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(true), pauseMs)
    return () => clearTimeout(timer)
  }, [])
  return (
    <span className={styles.tip}>
      {text}
      {isAsked && failed > 0 && whose !== undefined && <Kinds whose={whose} since={since} />}
    </span>
  )
}

interface Shown {
  text: string
  failed: number
  whose: Whose | undefined
  /** The day, in UTC. */
  since: string
}

function Kinds({ whose, since }: { whose: Whose; since: string }) {
  const { data, isPlaceholderData: isOfAnother } = useQuery(dayErrorsQuery(whose, since))
  if (data === undefined || isOfAnother || data.rows.length === 0) return null
  const kinds = data.rows.map(({ error_kind: kind, fault_domain: fault, n }) => {
    const name = `${spoken(kind ?? 'unknown')} ${n}`
    return fault === 'provider' ? name : `${name} (${fault}, not counted)`
  })
  return <span aria-live="polite">: {kinds.join(', ')}</span>
}

import { Link } from '@tanstack/react-router'
import type { Incident } from '../api/incident-queries.ts'
import { Icon } from './icon.tsx'
import { kindNames } from './incident-words.ts'
import styles from './incidents.module.css'

/** A target answers, but not as it should: what is wrong, which leads to its incident. */
export const Degraded = ({ incident: { id, kind, title } }: { incident: Incident }) => (
  <Link to="/incidents/$id" params={{ id }} className={styles.degraded} title={title}>
    <Icon name="failing" /> {kindNames[kind]}
  </Link>
)

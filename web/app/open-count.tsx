import { useQuery } from '@tanstack/react-query'
import { type Incident, openIncidentsQuery } from '../api/incident-queries.ts'
import { isSevere } from '../ui/incident-words.ts'
import styles from './shell.module.css'

/** How many incidents are open, beside the name of their screen; in colour, if one is critical or major. Nothing is said of none. */
export function OpenCount() {
  const { data } = useQuery(openIncidentsQuery)
  const told = data?.filter(isCounted) ?? []
  if (told.length === 0) return null
  const isBad = told.some(({ severity }) => isSevere(severity))
  return (
    <span className={`${styles.count} ${isBad ? styles.severe : ''}`}>
      {told.length > 99 ? '99+' : told.length}
      <span className="hidden"> open</span>
    </span>
  )
}

/** What another incident tells is counted with it. */
const isCounted = ({ shadow, parent_id: parent }: Incident): boolean => !shadow && parent === null

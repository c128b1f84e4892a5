import { Link } from '@tanstack/react-router'
import styles from './tabs.module.css'

/** A part of a screen. */
interface Tab {
  /** What the URL says of it; undefined for the first. */
  id: string | undefined
  label: string
  /** How many rows it has; undefined until that is known, left out where nothing is counted. */
  n?: number | undefined
}

/** The parts of a screen as links: `name` in the URL says which one is shown. */
export function Tabs({ label, name, tabs, chosen, keeps = false }: Tabbed) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <Link
          key={tab.label}
          to="."
          search={searchOf(name, tab.id, keeps)}
          replace
          resetScroll={false}
          activeOptions={{ exact: true }}
          activeProps={{}}
          aria-current={tab.id === chosen ? 'page' : undefined}
        >
          {tab.label} {'n' in tab && <span>{tab.n}</span>}
        </Link>
      ))}
    </nav>
  )
}

/** Another part, with the rest of the search if it is kept. */
const searchOf = (name: string, id: string | undefined, keeps: boolean) =>
  ((before: object) => {
    const { [name]: _, ...rest } = before as Record<string, unknown>
    return { ...(keeps && rest), ...(id !== undefined && { [name]: id }) }
  }) as never

interface Tabbed {
  label: string
  name: string
  tabs: readonly Tab[]
  chosen: string | undefined
  /** Whether the other filters are of all parts. */
  keeps?: boolean
}

import { Link } from '@tanstack/react-router'
import styles from './tabs.module.css'

/** A part of a screen. */
interface Tab {
  /** What the URL says of it; undefined for the first. */
  id: string | undefined
  label: string
  /** How many rows it has. */
  n?: number | undefined
}

/** The parts of a screen as links: `name` in the URL says which one is shown. */
export function Tabs({ label, name, tabs, chosen }: Tabbed) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <Link
          key={tab.label}
          to="."
          search={(() => (tab.id === undefined ? {} : { [name]: tab.id })) as never}
          replace
          resetScroll={false}
          activeOptions={{ exact: true }}
          activeProps={{}}
          aria-current={tab.id === chosen ? 'page' : undefined}
        >
          {tab.label} {tab.n !== undefined && <span>{tab.n}</span>}
        </Link>
      ))}
    </nav>
  )
}

interface Tabbed {
  label: string
  name: string
  tabs: readonly Tab[]
  chosen: string | undefined
}

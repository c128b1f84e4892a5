import { Link, Outlet } from '@tanstack/react-router'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Alerts, useWaiting } from './alerts.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { Jobs } from './jobs.tsx'
import { useNotice } from './notices.ts'
import { useNotifications } from './notifications.ts'
import { OpenCount } from './open-count.tsx'
import { screens } from './screens.ts'
import { Session } from './session.tsx'
import styles from './shell.module.css'
import { Shortcuts } from './shortcuts.tsx'
import { useTheme } from './theme.ts'

/** What every screen stands in: the top bar, what is wrong with the monitor itself, and the screen. */
export function Shell() {
  const notice = useNotice()
  const isWaiting = useWaiting()
  useNotifications()
  return (
    <>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <header className={styles.bar}>
        <Link to="/" className={styles.brand}>
          firsttoken
        </Link>
        <nav className={styles.nav} aria-label="Screens">
          {screens.map(({ to, label }) => (
            <Link
              key={to}
              to={to}
              className={to === '/incidents' ? styles.counted : ''}
              activeOptions={{ exact: to === '/', includeSearch: false }}
            >
              {label}
              {to === '/incidents' && <OpenCount />}
            </Link>
          ))}
        </nav>
        <div className={styles.tools}>
          <Jobs />
          <Shortcuts />
          <Theme />
          <span className={styles.session}>
            <Session />
          </span>
        </div>
      </header>
      <Alerts />
      <DeadLetters />
      <main id="main" tabIndex={-1} className={`${styles.main} ${isWaiting ? styles.waiting : ''}`}>
        <Outlet />
      </main>
      <output className={styles.notice}>{notice}</output>
    </>
  )
}

function Theme() {
  const [theme, next] = useTheme()
  const label = `Theme: ${theme}`
  return (
    <Button kind="quiet" onClick={next} aria-label={label} title={label}>
      <Icon name={theme} />
    </Button>
  )
}

import type { ErrorComponentProps } from '@tanstack/react-router'
import { Link } from '@tanstack/react-router'
import { Button } from '../ui/button.tsx'
import styles from './errors.module.css'

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <section className={styles.page}>
      <h1>There is nothing here</h1>
      <p>
        <Link to="/">Show every target</Link>
      </p>
    </section>
  )
}

/** A bug of the page. The data are safe: they are on the server. */
export function Crash({ error }: ErrorComponentProps) {
  return (
    <section className={styles.page} role="alert">
      <h1>This page failed</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <Button onClick={() => location.reload()}>Load it again</Button>
    </section>
  )
}

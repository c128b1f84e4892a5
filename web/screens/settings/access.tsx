import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { clock, day, utc } from '../../format/time.ts'
import { Button } from '../../ui/button.tsx'
import { useNow } from '../../ui/clock.ts'
import { Panel } from '../../ui/panel.tsx'
import { SignIn } from '../../ui/sign-in.tsx'
import { Facts } from './facts.tsx'
import styles from './settings.module.css'

const grants = {
  none: 'not signed in',
  read: 'may read',
  admin: 'may read and change',
} as const

/** Who may read and change, and the session of this browser. */
export function AccessPart() {
  const read = useQuery(sessionQuery)
  const { signOut } = useSession()
  return (
    <Panel read={read} height={240}>
      {({ grant, expires_at: until, reads_open: isOpen }) => (
        <>
          <Facts
            facts={[
              { term: 'This browser', value: grants[grant] },
              { term: 'Session ends', value: until === null ? 'there is none' : <Until at={until} /> },
              {
                term: 'Reading',
                value: isOpen ? 'open to everybody' : 'needs a token',
                note: isOpen ? 'READ_TOKEN closes it' : 'READ_TOKEN, PUBLIC_READS',
              },
              { term: 'Changing', value: 'needs the token of the admin', note: 'ADMIN_TOKEN' },
            ]}
          />
          {grant === 'none' ? (
            <section className={styles.sign}>
              <h2>Sign in</h2>
              <SignIn />
            </section>
          ) : (
            <Button onClick={signOut}>Sign out of this browser</Button>
          )}
          <p className={styles.note}>
            A token becomes a cookie that no script can read and that lasts a week. Another ADMIN_TOKEN ends
            every session of the old one.
          </p>
        </>
      )}
    </Panel>
  )
}

function Until({ at }: { at: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={utc(at)}>
      {day(at, now)}, {clock(at)}
    </time>
  )
}

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { channelsQuery, deliveriesQuery, latestIncidentsQuery } from '../../api/incident-queries.ts'
import { useSession } from '../../api/session.ts'
import { capital } from '../../format/words.ts'
import { Button } from '../../ui/button.tsx'
import { Deliveries } from '../../ui/deliveries.tsx'
import { Choice } from '../../ui/field.tsx'
import { PartHeading } from '../../ui/heading.tsx'
import { More } from '../../ui/more.tsx'
import { Panel } from '../../ui/panel.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { ChannelForm } from './channel-dialog.tsx'
import { ChannelLine } from './channel-line.tsx'
import styles from './incidents.module.css'
import { type IncidentsSearch, incidentsSearch } from './search.ts'

/** Who is told of incidents, and what became of what each was sent. Only the admin may see it. */
export function Channels({ search }: { search: IncidentsSearch }) {
  const { isAdmin } = useSession()
  const read = useQuery(channelsQuery)
  const change = useChangeSearch<IncidentsSearch>()
  return (
    <>
      <div className={styles.bar}>
        <p className={styles.note}>
          A channel is set by variables of the server, <code>ALERT_SLACK_URL</code> for one, or entered here.
          Whoever is new is told of what is open.
        </p>
        <Button why={isAdmin ? null : 'Sign in to add a channel'} onClick={() => change({ add: true })}>
          Add a channel
        </Button>
      </div>
      <Panel
        read={read}
        height={300}
        denied="Who is told is for the admin to see."
        isEmpty={({ rows }) => rows.length === 0}
        empty={
          <p className={styles.none}>
            Nobody is told of incidents: they are shown here alone. Add a channel, such as Slack, email or a
            webhook.
          </p>
        }
      >
        {({ rows }) => (
          <>
            <ul className={styles.channels} aria-label="Channels">
              {rows.map((channel) => (
                <ChannelLine key={channel.name} channel={channel} />
              ))}
            </ul>
            <Trail search={search} names={rows.map(({ name }) => name)} />
          </>
        )}
      </Panel>
      {search.add === true && <ChannelForm onClose={() => change({ add: undefined })} />}
    </>
  )
}

const shownStates = ['sent', 'pending', 'held', 'dead', 'replaced'] as const
const stateNames = {
  sent: 'sent',
  pending: 'waiting',
  held: 'held for a digest',
  dead: 'given up',
  replaced: 'replaced',
} as const

/** What channels were sent, the latest first. */
function Trail({ search, names }: { search: IncidentsSearch; names: readonly string[] }) {
  const { channel, state } = search
  const change = useChangeSearch<IncidentsSearch>()
  const read = useInfiniteQuery(deliveriesQuery({ channel, state }))
  const { data: incidents } = useQuery(latestIncidentsQuery())
  const titles = new Map(incidents?.rows.map(({ id, title }) => [id, title]))
  return (
    <section className={styles.trail} aria-labelledby="trail">
      <PartHeading id="trail" title="Deliveries" ground="latest first">
        <span className={styles.filters}>
          <Choice
            label="Channel"
            isBare
            value={channel ?? ''}
            onChange={({ target }) => change({ channel: target.value })}
          >
            <option value="">All channels</option>
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Choice>
          <Choice
            label="State"
            isBare
            value={state ?? ''}
            onChange={({ target }) => change({ state: incidentsSearch({ state: target.value }).state })}
          >
            <option value="">All states</option>
            {shownStates.map((each) => (
              <option key={each} value={each}>
                {capital(stateNames[each])}
              </option>
            ))}
          </Choice>
        </span>
      </PartHeading>
      <Panel
        read={read}
        height={200}
        isEmpty={({ pages }) => pages.every(({ rows }) => rows.length === 0)}
        empty={
          <p className={styles.none}>Nothing was sent{(channel ?? state) ? ' of this kind' : ' yet'}.</p>
        }
      >
        {({ pages }) => (
          <>
            <Deliveries
              caption="Deliveries, latest first"
              rows={pages.flatMap(({ rows }) => rows)}
              titleOf={(id) => titles.get(id) ?? 'An incident'}
            />
            <More read={read} name="Show older deliveries" />
          </>
        )}
      </Panel>
    </section>
  )
}

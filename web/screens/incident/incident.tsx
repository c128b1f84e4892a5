import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { isMissing } from '../../api/client.ts'
import { type Incident as Of, type IncidentInFull, incidentQuery } from '../../api/incident-queries.ts'
import { span } from '../../format/time.ts'
import { Absent } from '../../ui/absent.tsx'
import { Ago } from '../../ui/ago.tsx'
import { useNow } from '../../ui/clock.ts'
import { Deliveries } from '../../ui/deliveries.tsx'
import { Heading, PartHeading } from '../../ui/heading.tsx'
import { IncidentBadges } from '../../ui/incident-badges.tsx'
import { endNames, kindNames, lastingOf, whyOf } from '../../ui/incident-words.ts'
import { Incidents } from '../../ui/incidents.tsx'
import { Moment } from '../../ui/moment.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Severity } from '../../ui/severity.tsx'
import { Actions } from './actions.tsx'
import { EvidenceChart } from './chart.tsx'
import { Events } from './events.tsx'
import { figuresOf } from './evidence.ts'
import styles from './incident.module.css'
import { Leads } from './leads.tsx'

const route = getRouteApi('/incidents/$id')

/** The screen of an incident: what is wrong, why, what happened, and who was told. */
export function Incident() {
  const { id } = route.useParams()
  return <Known key={id} id={id} />
}

function Known({ id }: { id: string }) {
  const read = useQuery(incidentQuery(id))
  if (isMissing(read.error))
    return (
      <Absent
        kind="incident"
        id={id}
        why="An incident says that something is wrong, or was. This one belongs to another installation."
      >
        <Link to="/incidents">See every incident</Link>
        <Link to="/">See every target</Link>
      </Absent>
    )
  return (
    <Panel read={read} height={900}>
      {(found) => <Found found={found} />}
    </Panel>
  )
}

function Found({ found }: { found: IncidentInFull }) {
  const { incident, events, deliveries, children } = found
  return (
    <>
      <div className={styles.head}>
        <Heading
          way={
            <>
              <Link to="/incidents">Incidents</Link> / {kindNames[incident.kind]}
            </>
          }
          title={incident.title}
          state={<Severity severity={incident.severity} isOver={incident.resolved_at !== null} />}
          ground={<Ground incident={incident} />}
        >
          <Actions incident={incident} />
        </Heading>
      </div>
      <Why incident={incident} />
      <EvidenceChart incident={incident} />
      {children.length > 0 && (
        <section className={styles.part} aria-labelledby="children">
          <PartHeading
            id="children"
            title="What it tells"
            ground="incidents of its targets, which are silent"
          />
          <Incidents
            caption="Incidents that this one tells"
            groups={[{ name: null, rows: children }]}
            areOfOne
          />
        </section>
      )}
      <div className={styles.halves}>
        <section aria-labelledby="events">
          <PartHeading id="events" title="What happened" />
          <Events events={events} />
        </section>
        <section aria-labelledby="told">
          <PartHeading id="told" title="Who was told" />
          {deliveries.length === 0 ? (
            <p className={styles.quiet}>{whyNobody(incident)}</p>
          ) : (
            <Deliveries caption="Messages of this incident, in order" rows={deliveries} />
          )}
        </section>
      </div>
    </>
  )
}

/** Why nobody was told of an incident. */
function whyNobody({ shadow, parent_id: parent }: Of): string {
  if (shadow) return 'Nobody: it is in shadow, judged and shown alone.'
  if (parent !== null) return 'Nobody: the incident of its provider tells it.'
  return 'Nobody: no channel takes what is of its kind and severity.'
}

function Ground({ incident }: { incident: Of }) {
  const now = useNow()
  const { first_bad_at: began, resolved_at: ended, resolve_reason: reason } = incident
  const { acknowledged_at: at, acknowledged_by: by } = incident
  return (
    <>
      <span>
        {ended === null ? 'since' : 'from'} <Moment at={began} />
        {ended !== null && (
          <>
            {' '}
            to <Moment at={ended} />
          </>
        )}
      </span>
      <span>{span(lastingOf(incident, now))}</span>
      {reason !== null && <span>{endNames[reason]}</span>}
      {at !== null && by !== null && (
        <span>
          acknowledged by {by}, <Ago at={at} />
        </span>
      )}
      <Leads incident={incident} />
      <IncidentBadges incident={incident} />
    </>
  )
}

function Why({ incident }: { incident: Of }) {
  const figures = figuresOf(incident)
  return (
    <section className={styles.why} aria-label="Why">
      <p>{whyOf(incident).join(' ')}</p>
      {figures.length > 0 && (
        <dl className={styles.figures}>
          {figures.map(({ head, value, ground }) => (
            <div key={head}>
              <dt>{head}</dt>
              <dd>
                <strong>{value}</strong>
                {ground !== null && <small>{ground}</small>}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}

import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Incident } from '../../api/incident-queries.ts'
import { Official } from '../../ui/official.tsx'
import styles from './incident.module.css'

/** Where to look on, after what the provider says of itself. */
export const Leads = ({ incident }: { incident: Incident }) => (
  <>
    <Official provider={incident.provider} />
    <span className={styles.leads}>{leadOf(incident)}</span>
  </>
)

function leadOf({ kind, scope, target_id: id, region, provider, model, evidence }: Incident): ReactNode {
  if (id !== null)
    return (
      <Link to="/targets/$id" params={{ id }} search={region === null ? {} : { region }}>
        Show the target
      </Link>
    )
  if (scope.startsWith('model/'))
    return (
      <Link to="/models" search={{ model: `${provider}/${model}` }}>
        Show the model
      </Link>
    )
  if (provider !== null)
    return (
      <Link to="/" search={{ q: provider }}>
        Show its targets
      </Link>
    )
  if (kind === 'own_outage' && typeof evidence['run_id'] === 'string')
    return (
      <Link to="/history/$id" params={{ id: evidence['run_id'] }}>
        Show the run
      </Link>
    )
  if (kind === 'silent')
    return (
      <Link to="/history" search={{ status: 'gap' }}>
        Show what did not run
      </Link>
    )
  if (kind === 'budget') return <Link to="/spend">Show what was spent</Link>
  return (
    <Link to="/settings" search={{ part: 'machine' }}>
      Show the calibrations
    </Link>
  )
}

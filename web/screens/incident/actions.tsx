import { useState } from 'react'
import type { Incident } from '../../api/incident-queries.ts'
import { useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { Act } from './act.tsx'

/** What a person does with an incident. */
export type ActName = 'acknowledge' | 'notes' | 'resolve'

/** The buttons by which somebody takes care of an incident. */
export function Actions({ incident }: { incident: Incident }) {
  const { isAdmin } = useSession()
  const [act, setAct] = useState<ActName | null>(null)
  const { acknowledged_by: by, resolved_at: ended } = incident
  const denied = isAdmin ? null : 'Sign in to take care of incidents'
  const over = ended === null ? null : 'It is over'
  return (
    <>
      <Button
        kind={by === null && ended === null ? 'primary' : 'plain'}
        why={denied ?? over ?? (by === null ? null : `${by} has acknowledged it`)}
        onClick={() => setAct('acknowledge')}
      >
        Acknowledge
      </Button>
      <Button why={denied} onClick={() => setAct('notes')}>
        Add a note
      </Button>
      <Button why={denied ?? over} onClick={() => setAct('resolve')}>
        Resolve
      </Button>
      {act !== null && <Act incident={incident} name={act} onClose={() => setAct(null)} />}
    </>
  )
}

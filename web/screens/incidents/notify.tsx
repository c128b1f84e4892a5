import { useQuery } from '@tanstack/react-query'
import { openIncidentsQuery } from '../../api/incident-queries.ts'
import { tell } from '../../app/notices.ts'
import { switchNotifying, useNotifying } from '../../app/notifications.ts'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'

/** Whether this browser tells of incidents that open. It asks for permission only when it is clicked. */
export function Notify() {
  const state = useNotifying()
  const { data: open = [] } = useQuery(openIncidentsQuery)
  const why = {
    missing: 'This browser has no notifications',
    blocked: 'This browser blocks notifications of this page: allow them in its settings',
    off: null,
    on: null,
  }[state]
  const turn = async () => {
    const problem = await switchNotifying(open)
    if (problem !== null) tell(problem)
  }
  return (
    <Button
      role="switch"
      aria-checked={state === 'on'}
      why={why}
      title="A notification of this browser for each incident that opens, while the dashboard is open in a tab"
      onClick={() => void turn()}
    >
      <Icon name="bell" /> {state === 'on' ? 'Notifies this browser' : 'Notify this browser'}
    </Button>
  )
}

import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { openIncidentsQuery } from '../../api/incident-queries.ts'
import { plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Heading } from '../../ui/heading.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Channels } from './channels.tsx'
import { List } from './list.tsx'
import { Maintenance } from './maintenance.tsx'
import { Notify } from './notify.tsx'

const route = getRouteApi('/incidents')

/** The screen Incidents: what is wrong or was, who is told, and when nothing counts. */
export function Incidents() {
  const search = route.useSearch()
  const read = useQuery(openIncidentsQuery)
  const told = read.data?.filter(({ shadow }) => !shadow)
  const tabs = [
    { id: undefined, label: 'Incidents', n: told?.length },
    { id: 'channels', label: 'Channels' },
    { id: 'maintenance', label: 'Maintenance' },
  ]
  return (
    <>
      <Heading
        title="Incidents"
        ground={
          read.data && (
            <>
              <span>
                {told?.length === 0 ? 'none is open' : `${plural(told?.length ?? 0, 'incident')} open`}
              </span>
              <span>
                read <Ago at={new Date(read.dataUpdatedAt).toISOString()} />
              </span>
            </>
          )
        }
      >
        <Notify />
      </Heading>
      <Tabs label="Parts of the incidents" name="view" tabs={tabs} chosen={search.view} />
      <Part />
    </>
  )
}

function Part() {
  const search = route.useSearch()
  if (search.view === 'channels') return <Channels search={search} />
  if (search.view === 'maintenance') return <Maintenance search={search} />
  return <List search={search} />
}

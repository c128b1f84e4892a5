import { capital } from '../../format/words.ts'
import { Button } from '../../ui/button.tsx'
import { Choice } from '../../ui/field.tsx'
import { Icon } from '../../ui/icon.tsx'
import { kindNames, severities } from '../../ui/incident-words.ts'
import { useChangeSearch } from '../../ui/search.ts'
import styles from './incidents.module.css'
import { filterOf, incidentsSearch, type IncidentsSearch, kinds } from './search.ts'

/** No filter. */
export const cleared = { kind: undefined, severity: undefined, provider: undefined, shadow: undefined }

/** Which incidents are listed. */
export function Filters({
  search,
  providers,
}: {
  search: IncidentsSearch
  providers: readonly { id: string; name: string }[]
}) {
  const change = useChangeSearch<IncidentsSearch>()
  /** A choice is one of its options, or nothing. */
  const set = (name: keyof typeof cleared) => (event: { target: { value: string } }) =>
    change({ [name]: incidentsSearch({ [name]: event.target.value })[name] })
  return (
    <search className={styles.filters}>
      <Choice label="Kind" isBare value={search.kind ?? ''} onChange={set('kind')}>
        <option value="">All kinds</option>
        {kinds.map((kind) => (
          <option key={kind} value={kind}>
            {capital(kindNames[kind])}
          </option>
        ))}
      </Choice>
      <Choice label="Severity" isBare value={search.severity ?? ''} onChange={set('severity')}>
        <option value="">All severities</option>
        {severities.map((severity) => (
          <option key={severity} value={severity}>
            {capital(severity)}
          </option>
        ))}
      </Choice>
      <Choice label="Provider" isBare value={search.provider ?? ''} onChange={set('provider')}>
        <option value="">All providers</option>
        {providers.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Choice>
      <Choice
        label="Shadow"
        isBare
        value={search.shadow === undefined ? '' : String(search.shadow)}
        onChange={({ target: { value } }) => change({ shadow: value === '' ? undefined : value === 'true' })}
      >
        <option value="">Told and in shadow</option>
        <option value="false">Told only</option>
        <option value="true">In shadow only</option>
      </Choice>
      {Object.keys(filterOf(search)).length > 0 && (
        <Button kind="quiet" onClick={() => change(cleared)}>
          <Icon name="close" /> Clear
        </Button>
      )}
    </search>
  )
}

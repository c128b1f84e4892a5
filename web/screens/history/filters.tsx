import { useNavigate } from '@tanstack/react-router'
import { useId } from 'react'
import { capital, spoken } from '../../format/words.ts'
import { Button } from '../../ui/button.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { useDraft } from '../../ui/draft.ts'
import { Icon } from '../../ui/icon.tsx'
import { triggerOf } from '../../ui/run-words.ts'
import styles from './history.module.css'
import {
  type Change,
  type HistorySearch,
  historySearch,
  isFiltered,
  known,
  modes,
  statuses,
  triggers,
} from './search.ts'

/** Changes the search of the URL; what is undefined leaves it. */
export function useHistorySearch() {
  const navigate = useNavigate({ from: '/history' })
  return (change: Change) =>
    void navigate({
      search: (before) => known({ ...before, ...change }),
      replace: true,
      resetScroll: false,
    })
}

/** Which runs are listed. */
export function Filters({
  search,
  providers,
  models,
}: {
  search: HistorySearch
  providers: readonly { id: string; name: string }[]
  models: ReadonlySet<string>
}) {
  const change = useHistorySearch()
  /** A choice is one of its options, or nothing. */
  const set = (name: keyof HistorySearch) => (event: { target: { value: string } }) =>
    change({ ...search, [name]: historySearch({ [name]: event.target.value })[name] })
  return (
    <search className={styles.filters}>
      <Words value={search.q ?? ''} models={models} onChange={(q) => change({ q })} />
      <Choice label="Provider" isBare value={search.provider ?? ''} onChange={set('provider')}>
        <option value="">All providers</option>
        {providers.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Choice>
      <Choice label="Status" isBare value={search.status ?? ''} onChange={set('status')}>
        <option value="">Runs and gaps</option>
        {statuses.map((status) => (
          <option key={status} value={status}>
            {status === 'gap' ? 'Gaps only' : capital(status)}
          </option>
        ))}
      </Choice>
      <Choice label="Mode" isBare value={search.mode ?? ''} onChange={set('mode')}>
        <option value="">All modes</option>
        {modes.map((mode) => (
          <option key={mode} value={mode}>
            {capital(spoken(mode))}
          </option>
        ))}
      </Choice>
      <Choice label="Started" isBare value={search.trigger ?? ''} onChange={set('trigger')}>
        <option value="">Any start</option>
        {triggers.map((trigger) => (
          <option key={trigger} value={trigger}>
            {capital(triggerOf(trigger))}
          </option>
        ))}
      </Choice>
      <span className={styles.days}>
        <Field label="From day" isBare type="date" value={search.since ?? ''} onChange={set('since')} />
        <span aria-hidden="true">–</span>
        <Field label="To day" isBare type="date" value={search.until ?? ''} onChange={set('until')} />
      </span>
      {isFiltered(search) && (
        <Button kind="quiet" onClick={() => change(cleared)}>
          <Icon name="close" /> Clear
        </Button>
      )}
    </search>
  )
}

/** No filter; what is chosen to be compared stays. */
export const cleared: Change = {
  q: undefined,
  provider: undefined,
  mode: undefined,
  trigger: undefined,
  status: undefined,
  since: undefined,
  until: undefined,
}

/** Words that are searched for, once somebody pauses; it offers the models there are. */
function Words({
  value,
  models,
  onChange,
}: {
  value: string
  models: ReadonlySet<string>
  onChange: (value: string) => void
}) {
  const id = useId()
  const { shown, enter, flush } = useDraft(value, onChange, 250)
  return (
    <>
      <Field
        label="Search runs"
        isBare
        type="search"
        placeholder="Model, error, name or id"
        list={id}
        maxLength={200}
        value={shown}
        onChange={({ target }) => enter(target.value)}
        onBlur={flush}
      />
      <datalist id={id}>
        {[...models].map((model) => (
          <option key={model}>{model}</option>
        ))}
      </datalist>
    </>
  )
}

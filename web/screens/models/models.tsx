import { getRouteApi } from '@tanstack/react-router'
import { count } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Heading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { Tabs } from '../../ui/tabs.tsx'
import { Actions } from './actions.tsx'
import { AddTarget } from './add-target.tsx'
import { Catalog } from './catalog.tsx'
import { Conflicts } from './conflicts.tsx'
import { Leaving } from './leaving.tsx'
import { ModelDialog } from './model-dialog.tsx'
import { PriceChanges } from './price-changes.tsx'
import styles from './models.module.css'
import { useReads } from './reads.ts'
import type { ModelsSearch } from './search.ts'
import { Syncs } from './syncs.tsx'
import { type ModelRow, statusOf } from './view.ts'

const route = getRouteApi('/models')

/** The screen Models & prices: what providers offer, what is benchmarked of it, and what changes. */
export function Models() {
  const search = route.useSearch()
  const change = useChangeSearch<ModelsSearch>()
  const reads = useReads()
  const { models, syncs, tabs } = reads
  return (
    <>
      <Heading
        title="Models & prices"
        ground={<Ground models={models.data} syncedAt={syncs.data?.rows[0]?.started_at} />}
      >
        <Actions />
      </Heading>
      <Tabs label="Parts of the catalog" name="view" tabs={tabs} chosen={search.view} />
      <Part search={search} reads={reads} />
      {search.model !== undefined && (
        <ModelDialog
          key={search.model}
          name={search.model}
          models={models.data}
          onClose={() => change({ model: undefined })}
        />
      )}
      {search.add === true && (
        <AddTarget models={models.data ?? []} onClose={() => change({ add: undefined })} />
      )}
    </>
  )
}

function Part({ search, reads }: { search: ModelsSearch; reads: ReturnType<typeof useReads> }) {
  const { models, syncs, prices, departures, conflicts } = reads
  switch (search.view) {
    case 'leaving':
      return (
        <Panel read={models} height={300}>
          {() => <Leaving departures={departures} />}
        </Panel>
      )
    case 'prices':
      return (
        <Panel read={prices} height={300}>
          {({ rows }) => <PriceChanges rows={rows} />}
        </Panel>
      )
    case 'conflicts':
      return (
        <Panel read={syncs} height={300}>
          {() => <Conflicts conflicts={conflicts} />}
        </Panel>
      )
    case 'syncs':
      return (
        <Panel read={syncs} height={300}>
          {({ rows }) => <Syncs rows={rows} />}
        </Panel>
      )
    case undefined:
    default:
      return (
        <Panel read={models} height={660} isEmpty={(rows) => rows.length === 0} empty={<Nothing />}>
          {(rows) => <Catalog rows={rows} search={search} />}
        </Panel>
      )
  }
}

function Ground({ models, syncedAt }: { models: ModelRow[] | undefined; syncedAt: string | undefined }) {
  if (models === undefined || models.length === 0) return null
  const providers = new Set(models.map(({ provider }) => provider)).size
  const active = models.filter((row) => statusOf(row) === 'benchmarked').length
  return (
    <>
      <span>
        {count(models.length)} models of {plural(providers, 'provider')}
      </span>
      <span>{active} benchmarked</span>
      <span>
        {syncedAt === undefined ? (
          'never synced'
        ) : (
          <>
            synced <Ago at={syncedAt} />
          </>
        )}
      </span>
    </>
  )
}

const Nothing = () => (
  <p className={styles.none}>
    No model is known yet. A sync asks every provider whose key is set for its models and prices, and adding a
    target needs no sync.
  </p>
)

import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { providersQuery } from '../../api/queries.ts'
import { plural } from '../../format/words.ts'
import styles from '../../ui/form.module.css'
import { Models } from '../../ui/models.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Start as StartOf } from '../../ui/start.tsx'
import { LabHeading } from './heading.tsx'
import own from './lab.module.css'
import { Latest } from './latest.tsx'
import { Load } from './load.tsx'
import { Limits } from './parameters.tsx'
import { Request } from './request-parameters.tsx'
import { askedOf, whyNot } from './request.ts'
import { mostModels } from './choices.ts'
import { useChange, useLabSearch } from './use-search.ts'
import { useEstimate, useStart } from './use-start.ts'

/** What to load, with what, and what that would take. */
export function Form() {
  const read = useQuery(providersQuery)
  const { q = '', models = [] } = useLabSearch()
  const change = useChange()
  return (
    <>
      <LabHeading ground={<Latest />} />
      <Panel read={read} height={620}>
        {({ rows }) => (
          <div className={styles.form}>
            <div className={own.main}>
              <Load />
              <Models
                providers={rows.filter(({ configured }) => configured)}
                chosen={models}
                most={mostModels}
                q={q}
                onSearch={(text) => change({ q: text })}
                onChoose={(choose) =>
                  change(({ models: before = [] }) => {
                    const after = choose(before)
                    return { models: after.length === 0 ? undefined : after }
                  })
                }
              />
              <Keyless n={rows.filter(({ configured, problem }) => !configured && problem === null).length} />
            </div>
            <section className={`${styles.side} ${own.side}`} aria-label="Configuration">
              <Request />
              <Limits />
              <Start />
            </section>
          </div>
        )}
      </Panel>
    </>
  )
}

/** Models that cannot be loaded: without a key every call would be refused. */
const Keyless = ({ n }: { n: number }) =>
  n === 0 ? null : (
    <p className={own.keyless}>
      {plural(n, 'provider')} without a key {n === 1 ? 'is' : 'are'} left out:{' '}
      <Link to="/settings">Settings</Link> names the keys.
    </p>
  )

function Start() {
  const search = useLabSearch()
  const body = askedOf(search)
  const missing = whyNot(search)
  const estimate = useEstimate(body, missing === null)
  const start = useStart()
  return (
    <StartOf
      label="Start sweep"
      things="sweeps"
      missing={missing}
      estimate={estimate}
      start={start}
      onStart={() => start.mutate(body)}
    />
  )
}

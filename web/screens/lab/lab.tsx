import { lazy, Suspense } from 'react'
import { Compared } from './compared.tsx'
import { Form } from './form.tsx'
import { Sweeps } from './sweeps.tsx'
import { useLabSearch } from './use-search.ts'

/** One sweep has a chart, whose library is large: whoever only fills in the form does not wait for it. */
const Sweep = lazy(async () => ({ default: (await import('./sweep.tsx')).Sweep }))

/** The screen of the load lab: what to load, a sweep as it goes on and what it brought, all of them, or two beside each other. */
export function Lab() {
  const { run, compare, pick = [], view } = useLabSearch()
  const [before, after] = pick
  if (compare === true && before !== undefined && after !== undefined)
    return <Compared key={`${before} ${after}`} before={before} after={after} />
  if (run !== undefined)
    return (
      <Suspense fallback={null}>
        <Sweep key={run} id={run} />
      </Suspense>
    )
  return view === 'sweeps' ? <Sweeps /> : <Form />
}

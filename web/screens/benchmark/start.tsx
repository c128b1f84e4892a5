import { Start as StartOf } from '../../ui/start.tsx'
import { askedOf, whyNot } from './request.ts'
import { useBenchmarkSearch } from './use-search.ts'
import { useEstimate, useStart } from './use-start.ts'

/** What it would take, and the button that starts it. */
export function Start() {
  const search = useBenchmarkSearch()
  const asked = askedOf(search)
  const missing = whyNot(search)
  const estimate = useEstimate(asked, missing === null)
  const start = useStart()
  return (
    <StartOf
      label="Run Benchmark"
      things="benchmarks"
      missing={missing}
      estimate={estimate}
      start={start}
      onStart={() => start.mutate(asked)}
    />
  )
}

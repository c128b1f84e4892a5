import { Form } from './form.tsx'
import { Run } from './run.tsx'
import { useBenchmarkSearch } from './use-search.ts'

/** The screen Benchmark: what to call, and then the run as it goes on. */
export function Benchmark() {
  const { run } = useBenchmarkSearch()
  return run === undefined ? <Form /> : <Run key={run} id={run} />
}

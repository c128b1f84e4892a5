import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { providersQuery } from '../api/queries.ts'
import { benchmarkSearch } from '../screens/benchmark/search.ts'
import { historySearch } from '../screens/history/search.ts'
import { labSearch } from '../screens/lab/search.ts'
import { resultSearch } from '../screens/result/search.ts'
import { runSearch } from '../screens/run/search.ts'
import { runsComparedSearch } from '../screens/runs-compared/search.ts'
import { onlyKnown } from './only-known.ts'
import { root } from './root.ts'

// The screens of runs: those there were, and those that a person starts.

const history = createRoute({
  getParentRoute: () => root,
  path: '/history',
  validateSearch: onlyKnown(historySearch),
  component: lazyRouteComponent(() => import('../screens/history/history.tsx'), 'History'),
})

const runsCompared = createRoute({
  getParentRoute: () => root,
  path: '/history/compare',
  validateSearch: onlyKnown(runsComparedSearch),
  component: lazyRouteComponent(() => import('../screens/runs-compared/runs-compared.tsx'), 'RunsCompared'),
})

const run = createRoute({
  getParentRoute: () => root,
  path: '/history/$id',
  validateSearch: onlyKnown(runSearch),
  component: lazyRouteComponent(() => import('../screens/run/run.tsx'), 'RunInFull'),
})

const result = createRoute({
  getParentRoute: () => root,
  path: '/results/$id',
  validateSearch: onlyKnown(resultSearch),
  component: lazyRouteComponent(() => import('../screens/result/result.tsx'), 'Result'),
})

const benchmark = createRoute({
  getParentRoute: () => root,
  path: '/benchmark',
  validateSearch: onlyKnown(benchmarkSearch),
  loader: ({ context: { queries } }) => void queries.prefetchQuery(providersQuery),
  component: lazyRouteComponent(() => import('../screens/benchmark/benchmark.tsx'), 'Benchmark'),
})

const lab = createRoute({
  getParentRoute: () => root,
  path: '/lab',
  validateSearch: onlyKnown(labSearch),
  loader: ({ context: { queries } }) => void queries.prefetchQuery(providersQuery),
  component: lazyRouteComponent(() => import('../screens/lab/lab.tsx'), 'Lab'),
})

/** Their routes. */
export const runRoutes = [history, runsCompared, run, result, benchmark, lab] as const

import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import {
  budgetQuery,
  latestPricesQuery,
  modelsQuery,
  nowQuery,
  providersQuery,
  syncsQuery,
} from '../api/queries.ts'
import { benchmarkSearch } from '../screens/benchmark/search.ts'
import { compareSearch } from '../screens/compare/search.ts'
import { historySearch } from '../screens/history/search.ts'
import { labSearch } from '../screens/lab/search.ts'
import { modelsSearch } from '../screens/models/search.ts'
import { Now } from '../screens/now/now.tsx'
import { nowSearch } from '../screens/now/search.ts'
import { resultSearch } from '../screens/result/search.ts'
import { runSearch } from '../screens/run/search.ts'
import { runsComparedSearch } from '../screens/runs-compared/search.ts'
import { settingsSearch } from '../screens/settings/search.ts'
import { spendSearch } from '../screens/spend/search.ts'
import { targetSearch } from '../screens/target/search.ts'
import { Crash, NotFound } from './errors.tsx'
import { onlyKnown } from './only-known.ts'
import { Shell } from './shell.tsx'

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: Crash,
})

// A screen: its path, what its URL may say, its code in a chunk of its own, and what it reads while that is loaded.
const now = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: onlyKnown(nowSearch),
  // What stands above the table comes first, so that the table does not move.
  loader: ({ context: { queries } }) => {
    void queries.prefetchQuery(latestPricesQuery(new Date()))
    void queries.prefetchQuery(syncsQuery)
    void queries.prefetchQuery(nowQuery)
  },
  component: Now,
})

const compare = createRoute({
  getParentRoute: () => root,
  path: '/compare',
  validateSearch: onlyKnown(compareSearch),
  loader: ({ context: { queries } }) => void queries.prefetchQuery(nowQuery),
  component: lazyRouteComponent(() => import('../screens/compare/compare.tsx'), 'Compare'),
})

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

const models = createRoute({
  getParentRoute: () => root,
  path: '/models',
  validateSearch: onlyKnown(modelsSearch),
  loader: ({ context: { queries } }) => void queries.prefetchQuery(modelsQuery),
  component: lazyRouteComponent(() => import('../screens/models/models.tsx'), 'Models'),
})

const spend = createRoute({
  getParentRoute: () => root,
  path: '/spend',
  validateSearch: onlyKnown(spendSearch),
  loader: ({ context: { queries } }) => void queries.prefetchQuery(budgetQuery),
  component: lazyRouteComponent(() => import('../screens/spend/spend.tsx'), 'Spend'),
})

const target = createRoute({
  getParentRoute: () => root,
  path: '/targets/$id',
  validateSearch: onlyKnown(targetSearch),
  loader: ({ context: { queries } }) => void queries.prefetchQuery(nowQuery),
  component: lazyRouteComponent(() => import('../screens/target/target.tsx'), 'Target'),
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

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  validateSearch: onlyKnown(settingsSearch),
  loader: ({ context: { queries } }) => void queries.prefetchQuery(providersQuery),
  component: lazyRouteComponent(() => import('../screens/settings/settings.tsx'), 'Settings'),
})

/** The router, whose paths and searches are the type of every link. */
export const createAppRouter = (queries: QueryClient) =>
  createRouter({
    routeTree: root.addChildren([
      now,
      compare,
      history,
      runsCompared,
      run,
      models,
      spend,
      target,
      result,
      benchmark,
      lab,
      settings,
    ]),
    context: { queries },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}

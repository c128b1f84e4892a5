import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { nowQuery } from '../api/queries.ts'
import { nowSearch } from '../screens/now/search.ts'
import { Crash, NotFound } from './errors.tsx'
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
  validateSearch: nowSearch,
  loader: ({ context: { queries } }) => void queries.prefetchQuery(nowQuery),
  component: lazyRouteComponent(() => import('../screens/now/now.tsx'), 'Now'),
})

/** The router, whose paths and searches are the type of every link. */
export const createAppRouter = (queries: QueryClient) =>
  createRouter({
    routeTree: root.addChildren([now]),
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

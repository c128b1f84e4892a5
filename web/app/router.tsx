import type { QueryClient } from '@tanstack/react-query'
import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { incidentQuery, openIncidentsQuery } from '../api/incident-queries.ts'
import {
  budgetQuery,
  latestPricesQuery,
  modelsQuery,
  nowQuery,
  providersQuery,
  syncsQuery,
} from '../api/queries.ts'
import { chatSearch } from '../screens/chat/search.ts'
import { compareSearch } from '../screens/compare/search.ts'
import { incidentSearch } from '../screens/incident/search.ts'
import { incidentsSearch } from '../screens/incidents/search.ts'
import { modelsSearch } from '../screens/models/search.ts'
import { Now } from '../screens/now/now.tsx'
import { nowSearch } from '../screens/now/search.ts'
import { settingsSearch } from '../screens/settings/search.ts'
import { spendSearch } from '../screens/spend/search.ts'
import { targetSearch } from '../screens/target/search.ts'
import { onlyKnown } from './only-known.ts'
import { root } from './root.ts'
import { runRoutes } from './run-routes.ts'

// A screen: its path, what its URL may say, its code in a chunk of its own, and what it reads while that is loaded.
const now = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: onlyKnown(nowSearch),
  // What stands above the table comes first, so that the table does not move.
  loader: ({ context: { queries } }) => {
    void queries.prefetchQuery(latestPricesQuery(new Date()))
    void queries.prefetchQuery(syncsQuery)
    void queries.prefetchQuery(openIncidentsQuery)
    void queries.prefetchQuery(nowQuery)
  },
  component: Now,
})

const incidents = createRoute({
  getParentRoute: () => root,
  path: '/incidents',
  validateSearch: onlyKnown(incidentsSearch),
  loader: ({ context: { queries } }) => void queries.prefetchQuery(openIncidentsQuery),
  component: lazyRouteComponent(() => import('../screens/incidents/incidents.tsx'), 'Incidents'),
})

const incident = createRoute({
  getParentRoute: () => root,
  path: '/incidents/$id',
  validateSearch: onlyKnown(incidentSearch),
  loader: ({ context: { queries }, params: { id } }) => void queries.prefetchQuery(incidentQuery(id)),
  component: lazyRouteComponent(() => import('../screens/incident/incident.tsx'), 'Incident'),
})

const compare = createRoute({
  getParentRoute: () => root,
  path: '/compare',
  validateSearch: onlyKnown(compareSearch),
  loader: ({ context: { queries } }) => void queries.prefetchQuery(nowQuery),
  component: lazyRouteComponent(() => import('../screens/compare/compare.tsx'), 'Compare'),
})

const chat = createRoute({
  getParentRoute: () => root,
  path: '/chat',
  validateSearch: onlyKnown(chatSearch),
  loader: ({ context: { queries } }) => void queries.prefetchQuery(providersQuery),
  component: lazyRouteComponent(() => import('../screens/chat/chat.tsx'), 'Chat'),
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
      incidents,
      incident,
      compare,
      chat,
      models,
      spend,
      target,
      settings,
      ...runRoutes,
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

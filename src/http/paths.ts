/** Where the API for people and programs is. */
export const apiPath = '/api/v1'

/** What alone is opened as a WebSocket. */
export const socketPath = `${apiPath}/ws`

/** Makes the benchmark of a slot, or the rest of a run. */
export const benchmarkPath = '/api/cron/benchmark'

/** What Prometheus scrapes. */
export const metricsPath = '/metrics'

/** What robots ask for first. */
export const robotsPath = '/robots.txt'

/**
 * The paths that the program answers itself, each with all below it: everything else is a file of the dashboard, or its
 * index.html. vercel.json says the same.
 */
const serverPaths = ['/api', '/docs', metricsPath, '/status', '/badge', robotsPath] as const

/** Whether a path is answered by the program itself. */
export const isServerPath = (path: string): boolean =>
  serverPaths.some((each) => path === each || path.startsWith(`${each}/`))

const names = serverPaths.map((path) => path.slice(1).replace('.', '\\.')).join('|')

/** Every other path, as vercel.json writes it. */
const rest = `/((?!(?:${names})(?:/|$)).*)`

/** Which file of the deployment, or function, answers a path: the rewrites of vercel.json. */
export const rewrites = [
  `${apiPath}/(.*)`,
  '/api/v2/(.*)',
  ...serverPaths.filter((path) => path !== '/api').flatMap((path) => [path, `${path}/(.*)`]),
]
  .map((source) => ({ source, destination: apiPath }))
  .concat({ source: rest, destination: '/index.html' })

/** The paths whose headers vercel.json sets, because the program does not see them. */
export const fileSource = rest

/** Paths that monitors and schedulers call by any name of this machine: they have a secret, or need none. */
export const isOpenToEveryHost = (path: string): boolean =>
  path === '/api/health' || path.startsWith('/api/cron/')

import type { Page } from 'playwright-core'

/** A picture: its name, where it is taken, and what is wrong with the server meanwhile, if anything. */
export interface Visit {
  name: string
  path: string
  /** Whose token the browser has; that of the administrator if left out. */
  as?: 'nobody'
  /** Whether the server has no data at all. */
  isEmpty?: true
  /** Happens before the page is opened, or after it was, and before the picture. */
  before?: (page: Page) => Promise<unknown>
  after?: (page: Page) => Promise<unknown>
}

const problem = (status: number, kind: string, detail: string) => ({
  status,
  contentType: 'application/problem+json',
  body: JSON.stringify({ type: kind, title: detail, status, detail }),
})

const reads = '**/api/v1/**'

const late = async (page: Page) =>
  page.route('**/api/v1/health', async (route) => {
    const given = await route.fetch()
    const body = (await given.json()) as object
    const missed = { state: 'overdue', status: 'failing', interval_s: 900, late_s: 4_500 }
    await route.fulfill({ status: given.status(), json: { ...body, ...missed } })
  })

const denied = async (page: Page) =>
  page.route(reads, async (route) =>
    route.request().url().endsWith('/session')
      ? route.fulfill({ json: { grant: 'none', expires_at: null, reads_open: false } })
      : route.fulfill(problem(401, 'unauthorized', 'a token that may read is missing')),
  )

const offline = async (page: Page) => page.route(reads, async (route) => route.abort('connectionrefused'))

/** What was read stays, while the next read fails. */
async function stale(page: Page): Promise<void> {
  await page.route('**/api/v1/now', async (route) =>
    route.fulfill(problem(500, 'internal', 'the database does not answer')),
  )
  // Whoever comes back to the page after a quarter of a minute has it read again.
  await page.waitForTimeout(15_500)
  await page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
  await page.getByRole('button', { name: 'Retry' }).waitFor({ timeout: 60_000 })
}

/** Two models of the built-in provider, one of which thinks. */
const talking = ['synthetic/synthetic-1/reasoning_tokens/40/frames/90', 'synthetic/synthetic-fast/frames/80']

/** A question to both, and their answers. */
async function talk(page: Page): Promise<void> {
  await page.getByLabel('Message').fill('Why are there two tides a day?')
  await page.getByLabel('Message').press('Enter')
  await page
    .getByText(/^measured/)
    .nth(1)
    .waitFor()
}

interface Listed<Row> {
  rows: Row[]
}

/** Every screen and state, with the ids that the server has. */
export async function visitsOf(origin: string): Promise<Visit[]> {
  const read = async <Row>(path: string) => ((await (await fetch(origin + path)).json()) as Listed<Row>).rows
  const present = await read<{ target_id: string; model: string; state: string }>('/api/v1/now')
  const target = present.find(({ state }) => state === 'up') ?? present[0]
  const runs = await read<{ id: string }>('/api/v1/runs?limit=2')
  const [after, before] = runs.map(({ id }) => id)
  const incidents = await read<{ id: string; kind: string; resolved_at: string | null }>(
    '/api/v1/incidents?limit=200',
  )
  const slow = incidents.find(({ kind, resolved_at: ended }) => kind === 'slow' && ended !== null)
  const results = await read<{ id: string }>(`/api/v1/results?success=true&run_id=${after}&limit=1`)
  const some = present.filter(({ state }) => state === 'up').map(({ target_id: id }) => id)
  const compared = [...new Set(some)].filter((_, index) => index % 7 === 0).slice(0, 4)
  return [
    { name: 'now', path: '/' },
    { name: 'incidents', path: '/incidents' },
    { name: 'incident', path: `/incidents/${slow?.id}` },
    { name: 'channels', path: '/incidents?view=channels' },
    { name: 'target', path: `/targets/${target?.target_id}` },
    { name: 'compare', path: `/compare?targets=${encodeURIComponent(JSON.stringify(compared))}` },
    { name: 'compare-all', path: '/compare' },
    { name: 'benchmark', path: '/benchmark' },
    { name: 'lab', path: '/lab' },
    { name: 'chat', path: `/chat?models=${encodeURIComponent(JSON.stringify(talking))}`, after: talk },
    { name: 'history', path: '/history' },
    { name: 'run', path: `/history/${after}` },
    { name: 'runs-compared', path: `/history/compare?before=${before}&after=${after}` },
    { name: 'result', path: `/results/${results[0]?.id}` },
    { name: 'models', path: '/models' },
    { name: 'spend', path: '/spend' },
    { name: 'settings', path: '/settings' },
    {
      name: 'sign-in',
      path: '/',
      as: 'nobody',
      after: async (page) => page.getByRole('banner').getByRole('button', { name: 'Sign in' }).click(),
    },
    { name: 'first-run', path: '/', isEmpty: true },
    { name: 'no-permission', path: '/', as: 'nobody', before: denied },
    { name: 'offline', path: '/', before: offline },
    { name: 'stale', path: '/', after: stale },
    { name: 'late', path: '/', before: late },
  ]
}

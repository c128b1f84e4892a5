import type { BrowserContext, Page, Request } from 'playwright-core'

/** Tabs of one browser. */
export interface Tabs {
  pages: Page[]
  /** How many streams of events they hold open together. */
  streams: () => number
}

/** Opens a page in so many tabs, one after another; each shows something before the next one opens. */
export async function openTabs(
  context: BrowserContext,
  url: string,
  { count, shown }: { count: number; shown: (page: Page) => Promise<unknown> },
): Promise<Tabs> {
  const open = new Set<Request>()
  context.on('request', (request) => {
    if (request.resourceType() === 'eventsource') open.add(request)
  })
  const close = (request: Request) => void open.delete(request)
  context.on('requestfinished', close)
  context.on('requestfailed', close)
  const pages: Page[] = []
  while (pages.length < count) {
    const page = await context.newPage()
    page.on('close', () => {
      for (const request of open) if (request.frame().page() === page) open.delete(request)
    })
    pages.push(page)
    await page.goto(url)
    await shown(page)
  }
  return { pages, streams: () => open.size }
}

/** What robots may index: the status page if there is one, at `/` too if it has a host of its own; nothing else. */
export function robotsText(page: 'nowhere' | 'at /status' | 'at /'): string {
  const pages = page === 'nowhere' ? [] : ['/status$', '/status/', ...(page === 'at /' ? ['/$'] : [])]
  return ['User-agent: *', ...pages.map((path) => `Allow: ${path}`), 'Disallow: /', ''].join('\n')
}

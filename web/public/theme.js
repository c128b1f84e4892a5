// Runs before the first paint, so that the page does not flash in the other theme. The policy allows no inline script.
try {
  const theme = localStorage.getItem('theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // A browser that keeps nothing follows the system.
}
// What these screens read first is asked for while the program is on its way.
if (/^\/(?:$|targets\/|compare$)/.test(location.pathname)) {
  const now = { rel: 'preload', as: 'fetch', href: '/api/v1/now', crossOrigin: 'anonymous' }
  document.head.append(Object.assign(document.createElement('link'), now))
}

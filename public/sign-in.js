// The link that the server prints at its first start ends in #token=...: a fragment, which is sent to nobody. It becomes a
// cookie that no script can read, and leaves the address bar and the history.
const shown = document.querySelector('#session')
const token = new URLSearchParams(location.hash.slice(1)).get('token')
if (token !== null) {
  history.replaceState(null, '', location.pathname + location.search)
  const response = await fetch('/api/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  }).catch(() => null)
  shown.textContent = response?.ok
    ? 'You are signed in: this browser may start and change things here.'
    : `Signing in failed: ${(await response?.json().catch(() => null))?.detail ?? 'no answer'}.`
}

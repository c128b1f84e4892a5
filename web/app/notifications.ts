import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useEffect, useSyncExternalStore } from 'react'
import { type Incident, openIncidentsQuery } from '../api/incident-queries.ts'
import { news } from './news.ts'

// Notifications of the browser. They come from an open tab: there is no service worker.

/** Whether this browser tells of incidents: it cannot, may not, does not, or does. */
type Notifying = 'missing' | 'blocked' | 'off' | 'on'

const switchKey = 'notify'
const toldKey = 'notified'

const listeners = new Set<() => void>()

function current(): Notifying {
  if (!('Notification' in globalThis)) return 'missing'
  if (Notification.permission === 'denied') return 'blocked'
  return Notification.permission === 'granted' && stored(switchKey) === 'on' ? 'on' : 'off'
}

/** A browser may forbid a page to keep anything. */
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  // Other tabs of this browser switch it too.
  addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    removeEventListener('storage', listener)
  }
}

/** Whether this browser tells of incidents, as it changes. */
export const useNotifying = (): Notifying => useSyncExternalStore(subscribe, current)

/** Switches it on or off; on asks for permission, and tells of what is not open yet. Gives why it stays off, or null. */
export async function switchNotifying(open: readonly Incident[]): Promise<string | null> {
  const problem = current() === 'on' ? turnOff() : await turnOn(open)
  for (const listener of listeners) listener()
  return problem
}

function turnOff(): null {
  localStorage.removeItem(switchKey)
  return null
}

async function turnOn(open: readonly Incident[]): Promise<string | null> {
  const permission = await Notification.requestPermission()
  if (permission !== 'granted') return 'This browser was not allowed to notify: it stays off.'
  const isShown = show({
    title: 'firsttoken',
    text: 'You are told here when an incident opens.',
    tag: switchKey,
  })
  if (!isShown) return 'This browser shows notifications of installed apps only: it stays off.'
  try {
    await claim(open)
    localStorage.setItem(switchKey, 'on')
    return null
  } catch {
    return 'This browser keeps nothing for this page, not even this switch: it stays off.'
  }
}

/** Shows a notification; false where a browser wants a service worker for it. */
function show({ title, text, tag, onClick }: Shown): boolean {
  try {
    const shown = new Notification(title, { body: text, tag })
    shown.addEventListener('click', () => {
      focus()
      onClick?.()
      shown.close()
    })
    return true
  } catch {
    return false
  }
}

interface Shown {
  title: string
  text: string
  /** Of two with the same tag the later one replaces the other. */
  tag: string
  onClick?: () => void
}

/** Whether an incident is worth an interruption: somebody is told of it by itself, and nobody takes care of it yet. */
const isUrgent = ({
  shadow,
  flapping,
  parent_id: parent,
  severity,
  acknowledged_at: at,
}: Incident): boolean => !shadow && !flapping && parent === null && severity !== 'info' && at === null

/** Tells of what is open, each once whatever the number of tabs, while it is on. */
export function useNotifications(): void {
  const router = useRouter()
  const isOn = useNotifying() === 'on'
  const { data } = useQuery({ ...openIncidentsQuery, refetchIntervalInBackground: isOn })
  useEffect(() => {
    if (!isOn || data === undefined) return
    const tell = async () => {
      for (const { id, title, text } of await claim(data.filter(isUrgent)))
        show({
          title,
          text,
          tag: id,
          onClick: () => void router.navigate({ to: '/incidents/$id', params: { id } }),
        })
    }
    void tell()
  }, [isOn, data, router])
}

/** Takes those that no tab has told yet; from now on they are told. */
const claim = (open: readonly Incident[]): Promise<Incident[]> =>
  navigator.locks.request('firsttoken-notify', () => {
    const before = JSON.parse(stored(toldKey) ?? '[]') as string[]
    const { fresh, told } = news(
      before,
      open.map(({ id }) => id),
    )
    localStorage.setItem(toldKey, JSON.stringify(told))
    return open.filter(({ id }) => fresh.includes(id))
  })

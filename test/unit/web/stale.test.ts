import { afterEach, expect, test, vi } from 'vitest'
import { refresher, stales, stalesAtBeginning, stalesByIncidents } from '../../../web/api/stale.ts'

afterEach(() => void vi.useRealTimers())

test('many events of a moment are answered by one read, of costs every five seconds at most', () => {
  vi.useFakeTimers()
  const read: string[] = []
  const refresh = refresher((path) => void read.push(path))
  const counted = () =>
    Object.fromEntries([...Map.groupBy(read, (path) => path)].map(([p, of]) => [p, of.length]))
  for (let at = 0; at < 100; at += 1) {
    refresh(stales.probe_recorded)
    vi.advanceTimersByTime(100)
  }
  vi.advanceTimersByTime(5_000)
  expect(counted()).toEqual({
    '/api/v1/now': 11,
    '/api/v1/runs/{id}': 11,
    '/api/v1/budget': 3,
    '/api/v1/costs': 3,
    '/api/v1/incidents': 5,
    '/api/v1/incidents/{id}': 5,
  })
  vi.advanceTimersByTime(60_000)
  expect(read).toHaveLength(38)
})

test('what happens after a quiet time is read at once, and what is judged of it a moment later', () => {
  vi.useFakeTimers()
  const read: string[] = []
  const refresh = refresher((path) => void read.push(path))
  refresh(stales.probe_recorded)
  refresh(stales.probe_recorded)
  vi.advanceTimersByTime(50)
  expect(read).toEqual(['/api/v1/now', '/api/v1/runs/{id}', '/api/v1/budget', '/api/v1/costs'])
  vi.advanceTimersByTime(2000)
  expect(read.slice(4)).toEqual(['/api/v1/incidents', '/api/v1/incidents/{id}'])
})

test('incidents that changed are read soon, also if they were to be read later', () => {
  vi.useFakeTimers()
  const read: string[] = []
  const refresh = refresher((path) => void read.push(path))
  refresh(stales.probe_recorded)
  refresh(stalesByIncidents, { isJudged: true })
  refresh(stalesByIncidents, { isJudged: true })
  vi.advanceTimersByTime(50)
  expect(read.filter((path) => path === '/api/v1/incidents')).toHaveLength(1)
  refresh(stalesByIncidents, { isJudged: true })
  vi.advanceTimersByTime(1000)
  expect(read.filter((path) => path === '/api/v1/incidents')).toHaveLength(2)
  vi.advanceTimersByTime(60_000)
  expect(read.filter((path) => path === '/api/v1/incidents')).toHaveLength(2)
})

test('a stream that begins anew reads whatever an event could have changed', () => {
  const changed = new Set(Object.values(stales).flat())
  expect([...changed].filter((path) => !stalesAtBeginning.includes(path))).toEqual([])
})

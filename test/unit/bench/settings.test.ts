import { expect, test } from 'vitest'
import { readSettings } from '../../../bench/serving/settings.ts'

test('the variables are read as wrk reads its flags', () => {
  const env = {
    WRK_URL: 'http://127.0.0.1:8081/micro/plain?bytes=1024',
    WRK_BIN: 'wrk2',
    WRK_RATE: '1.5k',
    WRK_DURATION: '2m',
    WRK_CONNECTIONS: '128',
    WRK_THREADS: '4',
    WRK_HTML: 'wrk2-express.html',
  }
  expect(readSettings(env)).toMatchObject({
    ...env,
    WRK_RATE: 1500,
    WRK_DURATION: 120,
    WRK_CONNECTIONS: 128,
    WRK_THREADS: 4,
  })
  expect(readSettings({ WRK_DURATION: '500ms' })).toMatchObject({ WRK_DURATION: 0.5 })
  expect(readSettings({ WRK_DURATION: '30' })).toMatchObject({ WRK_DURATION: 30 })
})

test('without variables, or with empty ones, there are usual values', () => {
  const usual = readSettings({})
  expect(usual).toMatchObject({ WRK_URL: '', WRK_BIN: '', SYN_FRAMES: 200, SYN_DELAY_MS: 5, SYN_BYTES: 64 })
  expect(readSettings({ WRK_RATE: '', WRK_URL: ' ', SYN_FRAMES: '' })).toEqual(usual)
})

test.each([
  [{ WRK_RATE: '0' }, 'WRK_RATE must be above 0'],
  [{ WRK_RATE: '-5' }, 'WRK_RATE must be a number'],
  [{ WRK_RATE: '9G' }, 'WRK_RATE must be at most'],
  [{ WRK_RATE: '0.5' }, 'WRK_RATE must be a whole number'],
  [{ WRK_DURATION: '5 s' }, 'WRK_DURATION must be a time'],
  [{ WRK_DURATION: '25h' }, 'WRK_DURATION must be at most 24h'],
  [{ WRK_CONNECTIONS: '1.5' }, 'WRK_CONNECTIONS must be a whole number'],
  [{ WRK_THREADS: 'two' }, 'WRK_THREADS must be a number'],
  [{ WRK_URL: '127.0.0.1:8081' }, 'WRK_URL must be an http(s) URL'],
  [{ SYN_BYTES: '0' }, 'SYN_BYTES must be above 0'],
])('%j is refused by name', (env, problem) => {
  expect(readSettings(env)).toMatchObject({ problem: expect.stringContaining(problem) as string })
})

import { createServer, type LookupFunction } from 'node:net'
import { expect, test } from 'vitest'
import { openPool } from '../../../src/probe/pool.ts'
import {
  callTo,
  type Changes,
  head,
  healthy,
  listening,
  probing,
  saying,
  serving,
  streamHead,
} from '../../support/loopback.ts'

const untrusted = { provider: { trusted: false } }

/** Resolves every name to these addresses; asks nobody. */
const resolving =
  (...addresses: string[]): LookupFunction =>
  (_, __, callback) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }

/** What becomes of a probe of a server on loopback that only counts who connects. */
async function counted(changes: Changes, url = (address: string) => address) {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  const address = await listening(server)
  try {
    const seen = await probing(url(address), changes)
    return { seen, connections }
  } finally {
    server.close()
  }
}

const refusal = {
  success: false,
  errorKind: 'bad_request',
  faultDomain: 'config',
  statusCode: null,
  connectMs: null,
}

test.each([
  ['as it is', (address: string) => address, 'the URL is not https'],
  [
    'over https',
    (address: string) => address.replace('http:', 'https:'),
    '127.0.0.1 is not a public address',
  ],
  [
    'as a number',
    (address: string) => address.replace('http://127.0.0.1', 'https://2130706433'),
    '127.0.0.1 is not a public address',
  ],
  [
    'by its name',
    (address: string) => address.replace('http://127.0.0.1', 'https://localhost'),
    'localhost is a name of a local network',
  ],
  [
    'with a password',
    (address: string) => address.replace('http://', 'https://me:hunter2-hunter2@'),
    'the URL holds a user name or password',
  ],
])('an untrusted provider on loopback is refused before anything is opened: %s', async (...[, url, why]) => {
  const { seen, connections } = await counted(untrusted, url)
  expect(seen).toMatchObject(refusal)
  expect(seen.errorMessage).toBe(
    `Test tiny: the call was not made: ${why}. Use the https URL of a public host, or open the host with EGRESS_ALLOW.`,
  )
  expect(seen.errorCode).toBe('EGRESS_REFUSED')
  expect(connections).toBe(0)
})

test.each([[['127.0.0.1']], [['93.184.215.14', '127.0.0.1']], [['::1']], [['169.254.169.254']]])(
  'nor is a name that resolves to %j connected to',
  async (addresses) => {
    const { seen, connections } = await counted(
      { ...untrusted, parts: { socket: { lookup: resolving(...addresses) } } },
      (address) => address.replace('http://127.0.0.1', 'https://api.example.com'),
    )
    expect(seen).toMatchObject(refusal)
    expect(seen.errorMessage).toContain(
      `api.example.com leads to ${addresses.at(-1)}, which is not a public address`,
    )
    expect(connections).toBe(0)
  },
)

test('a name that cannot be resolved is a failure of DNS, guarded or not', async () => {
  const lookup: LookupFunction = (name, _, callback) => {
    callback(
      Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
        code: 'ENOTFOUND',
        syscall: 'getaddrinfo',
      }),
      [],
    )
  }
  const seen = await probing('https://api.example.com/v1', { ...untrusted, parts: { socket: { lookup } } })
  expect(seen).toMatchObject({ errorKind: 'dns', faultDomain: 'provider' })
})

test.each([
  ['its address', (port: string) => `127.0.0.1:${port}`, '127.0.0.1'],
  ['its name', () => 'llm.local', 'llm.local'],
])('it is called if a person opened %s', async (...[, allow, name]) => {
  await serving(saying(streamHead, ...healthy), async (baseUrl) => {
    const { port } = new URL(baseUrl)
    const seen = await probing(baseUrl.replace('127.0.0.1', name), {
      ...untrusted,
      parts: { egressAllow: [allow(port)], socket: { lookup: resolving('127.0.0.1') } },
    })
    expect(seen).toMatchObject({ success: true, responseText: 'Hello there' })
  })
})

test('a redirect of one that is called is not followed', async () => {
  let elsewhere = 0
  const trap = createServer((socket) => {
    elsewhere += 1
    socket.destroy()
  })
  const target = await listening(trap)
  const script = saying(
    head('307 Temporary Redirect', `location: ${target}/v1/chat/completions`, 'content-length: 0'),
  )
  const redirected = await serving(script, (baseUrl) =>
    probing(baseUrl, { ...untrusted, parts: { egressAllow: ['127.0.0.1'] } }),
  )
  trap.close()
  expect(redirected).toMatchObject({ success: false, errorKind: 'bad_request', statusCode: 307 })
  expect(elsewhere).toBe(0)
})

test('a measuring thread has the same guard', async () => {
  await serving(saying(streamHead, ...healthy), async (baseUrl) => {
    const { host } = new URL(baseUrl)
    for (const [egressAllow, success] of [
      [[], false],
      [[host], true],
    ] as const) {
      const pool = await openPool(1, { sdks: ['openai'], env: {}, egressAllow })
      expect(await pool.measure(callTo(baseUrl, untrusted))).toMatchObject({ success })
      expect(await pool.lateness(callTo(baseUrl, untrusted))).toMatchObject({
        failure: success ? null : 'the URL is not https',
      })
      await pool.close()
    }
  })
})

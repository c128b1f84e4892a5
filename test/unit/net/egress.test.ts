import type { LookupAddress } from 'node:dns'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { expect, test } from 'vitest'
import {
  type EgressError,
  egressProblem,
  guard,
  guardedLookup,
  isPublic,
  parseHosts,
} from '../../../src/net/egress.ts'
import { getJson } from '../../../src/net/get-json.ts'

/** A resolver that answers so, each time with the next of these; it asks nobody. */
function resolver(...answers: string[][]): LookupFunction & { names: string[] } {
  const names: string[] = []
  const lookup: LookupFunction = (name, _, callback) => {
    names.push(name)
    const addresses = answers[Math.min(names.length, answers.length) - 1] ?? []
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return Object.assign(lookup, { names })
}

/** What a guarded lookup answers. */
const looked = (lookup: LookupFunction, all = true) =>
  new Promise<NodeJS.ErrnoException | string | LookupAddress[]>((answered) => {
    guardedLookup(lookup)('api.example.com', { all }, (error, address) => {
      answered(error ?? address)
    })
  })

const refused: [host: string, kind: EgressError['kind']][] = [
  // Loopback, in every spelling that a URL can give it.
  ['127.0.0.1', 'local_address'],
  ['127.255.255.254', 'local_address'],
  ['127.1', 'local_address'],
  ['127.0.1', 'local_address'],
  ['2130706433', 'local_address'],
  ['0x7f000001', 'local_address'],
  ['0x7f.1', 'local_address'],
  ['0x7f.0x0.0x0.0x1', 'local_address'],
  ['017700000001', 'local_address'],
  ['0177.0.0.01', 'local_address'],
  ['127.0.0.1.', 'local_address'],
  ['127.0.0.1:8443', 'local_address'],
  ['%31%32%37.0.0.1', 'local_address'],
  ['１２７.０.０.１', 'local_address'],
  ['①②⑦.0.0.1', 'local_address'],
  ['127。0。0。1', 'local_address'],
  ['[::1]', 'local_address'],
  ['[0:0:0:0:0:0:0:1]', 'local_address'],
  // IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo.
  ['[::ffff:127.0.0.1]', 'local_address'],
  ['[::ffff:7f00:1]', 'local_address'],
  ['[0:0:0:0:0:ffff:10.0.0.1]', 'local_address'],
  ['[::ffff:169.254.169.254]', 'local_address'],
  ['[::127.0.0.1]', 'local_address'],
  ['[::ffff:0:127.0.0.1]', 'local_address'],
  ['[64:ff9b::127.0.0.1]', 'local_address'],
  ['[64:ff9b::a9fe:a9fe]', 'local_address'],
  ['[64:ff9b:1::10.0.0.1]', 'local_address'],
  ['[2002:7f00:1::]', 'local_address'],
  ['[2002:a9fe:a9fe::1]', 'local_address'],
  ['[2001:0:4136:e378:8000:63bf:80ff:fffe]', 'local_address'],
  // Unspecified and broadcast.
  ['0', 'local_address'],
  ['0.0.0.0', 'local_address'],
  ['0.1.2.3', 'local_address'],
  ['[::]', 'local_address'],
  ['255.255.255.255', 'local_address'],
  ['0xffffffff', 'local_address'],
  // Private, link-local, shared, unique-local.
  ['10.0.0.1', 'local_address'],
  ['012.0.0.1', 'local_address'],
  ['172.16.0.1', 'local_address'],
  ['172.31.255.255', 'local_address'],
  ['192.168.1.1', 'local_address'],
  ['3232235777', 'local_address'],
  ['169.254.1.1', 'local_address'],
  ['100.64.0.1', 'local_address'],
  ['100.127.255.255', 'local_address'],
  ['[fe80::1]', 'local_address'],
  ['[fec0::1]', 'local_address'],
  ['[fc00::1]', 'local_address'],
  ['[fd12:3456:789a::1]', 'local_address'],
  // Metadata of clouds.
  ['169.254.169.254', 'local_address'],
  ['0xa9fea9fe', 'local_address'],
  ['2852039166', 'local_address'],
  ['[fd00:ec2::254]', 'local_address'],
  ['100.100.100.200', 'local_address'],
  ['168.63.129.16', 'local_address'],
  ['192.0.0.192', 'local_address'],
  ['metadata.google.internal', 'local_name'],
  ['metadata.google.internal.', 'local_name'],
  ['METADATA.Google.Internal', 'local_name'],
  ['metadata', 'local_name'],
  // Measuring, documentation, multicast, reserved.
  ['198.18.0.1', 'local_address'],
  ['198.19.255.255', 'local_address'],
  ['192.0.2.1', 'local_address'],
  ['198.51.100.1', 'local_address'],
  ['203.0.113.1', 'local_address'],
  ['[2001:db8::1]', 'local_address'],
  ['[3fff::1]', 'local_address'],
  ['224.0.0.1', 'local_address'],
  ['240.0.0.1', 'local_address'],
  ['[ff02::1]', 'local_address'],
  ['[100::1]', 'local_address'],
  // Names of the machine and of its network.
  ['localhost', 'local_name'],
  ['LOCALHOST', 'local_name'],
  ['localhost.', 'local_name'],
  ['localhost..', 'local_name'],
  ['localhost:8443', 'local_name'],
  ['api.localhost', 'local_name'],
  ['%6c%6f%63%61lhost', 'local_name'],
  ['ｌｏｃａｌｈｏｓｔ', 'local_name'],
  ['loc\u00adalhost', 'local_name'],
  ['localhost。', 'local_name'],
  ['printer.local', 'local_name'],
  ['printer.local.', 'local_name'],
  ['db.internal', 'local_name'],
  ['localhost.localdomain', 'local_name'],
  ['router.home.arpa', 'local_name'],
  ['kubernetes', 'local_name'],
]

test.each(refused)('https://%s/v1 is not called', (host, kind) => {
  expect(egressProblem(`https://${host}/v1`, [])).toMatchObject({ kind, code: 'EGRESS_REFUSED' })
})

test.each([
  ['http://api.example.com/v1', 'not_https'],
  ['ftp://api.example.com/v1', 'no_url'],
  ['file:///etc/passwd', 'no_url'],
  ['gopher://127.0.0.1', 'no_url'],
  ['//api.example.com', 'no_url'],
  ['https://', 'no_url'],
  ['https://127.0.0.1%2f@api.example.com', 'credentials'],
  ['https://api.example.com@127.0.0.1', 'credentials'],
  ['https://someone:hunter2@api.example.com/v1', 'credentials'],
  ['https:127.0.0.1', 'local_address'],
  ['https:\\\\127.0.0.1\\v1', 'local_address'],
  ['https://256.256.256.256', 'no_url'],
  ['https://4294967296', 'no_url'],
  ['https://[fe80::1%25eth0]', 'no_url'],
  ['', 'no_url'],
])('%s is not called', (text, kind) => {
  const problem = egressProblem(text, [])
  expect(problem?.kind).toBe(kind)
  expect(problem?.message).not.toContain('hunter2')
})

test.each([
  'https://api.openai.com/v1',
  'https://api.example.com:8443/v1',
  'https://API.Example.com./v1',
  'https://localhost.example.com',
  'https://internal.example.com',
  'https://local.dev',
  'https://bücher.example',
  'https://8.8.8.8/v1',
  'https://100.63.255.255',
  'https://172.32.0.1',
  'https://198.20.0.1',
  'https://[2606:4700::1111]/v1',
  'https://[64:ff9b::8.8.8.8]',
])('%s may be called', (url) => {
  expect(egressProblem(url, [])).toBeNull()
})

test.each(['', 'localhost', '127.0.0.1', 'fe80::1%eth0', '::ffff:127.0.0.1', '1.2.3', '0x7f.1'])(
  '%j is not a public address',
  (address) => {
    expect(isPublic(address)).toBe(false)
  },
)

test('a name is judged by every address it resolves to', async () => {
  const all = [
    { address: '93.184.215.14', family: 4 },
    { address: '2606:4700::1111', family: 6 },
  ]
  expect(await looked(resolver(['93.184.215.14', '2606:4700::1111']))).toEqual(all)
  expect(await looked(resolver(['93.184.215.14', '2606:4700::1111']), false)).toBe('93.184.215.14')
  for (const address of [
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '169.254.169.254',
    'fd00:ec2::254',
    '64:ff9b::a00:1',
  ])
    for (const answer of [[address], ['93.184.215.14', address], [address, '93.184.215.14']])
      for (const one of [true, false])
        expect(await looked(resolver(answer), one)).toMatchObject({
          kind: 'local_address',
          message: `api.example.com leads to ${address}, which is not a public address`,
        })
})

test('a name that resolves differently the second time is judged again', async () => {
  const lookup = resolver(['93.184.215.14'], ['127.0.0.1'])
  expect(await looked(lookup)).toHaveLength(1)
  expect(await looked(lookup)).toMatchObject({ kind: 'local_address' })
})

test('a resolver with one address, none, or an error', async () => {
  expect(
    await looked((_, options, callback) => callback(null, '127.0.0.1', options.all ? 4 : 4)),
  ).toMatchObject({ kind: 'local_address' })
  expect(await looked(resolver([]))).toMatchObject({ code: 'EGRESS_REFUSED' })
  const unknown = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  expect(await looked((_, __, callback) => callback(unknown, []))).toBe(unknown)
})

test('a proxy, which would resolve the name by itself, is not trusted with it', () => {
  const url = new URL('https://api.example.com/v1')
  for (const env of [{ HTTPS_PROXY: 'http://127.0.0.1:3128' }, { https_proxy: 'http://127.0.0.1:3128' }])
    expect(guard(url, { allow: [] }, env)).toMatchObject({ kind: 'proxy' })
  expect(guard(url, { allow: [] }, { HTTP_PROXY: 'http://127.0.0.1:3128' })).toHaveProperty('lookup')
  expect(guard(url, { allow: ['api.example.com'] }, { HTTPS_PROXY: 'http://127.0.0.1:3128' })).toEqual({})
})

test.each([
  ['127.0.0.1', 'http://127.0.0.1:8000/v1'],
  ['0x7f.1', 'http://127.0.0.1:8000/v1'],
  ['127.0.0.1', 'http://2130706433/v1'],
  ['127.0.0.1:8000', 'http://127.0.0.1:8000/v1'],
  ['[::1]:8000', 'http://[::1]:8000/v1'],
  ['[::1]', 'http://[0::1]/v1'],
  ['LLM.local, 10.0.0.5', 'http://llm.local./v1'],
  ['llm.local:443', 'https://llm.local/v1'],
  ['llm.local:80', 'http://llm.local/v1'],
  [' localhost ,', 'http://localhost:11434/v1'],
])('EGRESS_ALLOW=%s opens %s', (text, url) => {
  expect(egressProblem(url, parseHosts(text) as string[])).toBeNull()
})

test.each([
  ['127.0.0.1:8000', 'http://127.0.0.1:8001/v1', 'not_https'],
  ['127.0.0.1', 'https://127.0.0.2/v1', 'local_address'],
  ['llm.local', 'https://evil.llm.local/v1', 'local_name'],
  ['llm.local', 'https://llm.local.evil.local/v1', 'local_name'],
  ['llm.local', 'https://me:secret@llm.local/v1', 'credentials'],
  ['llm.local', 'ftp://llm.local/v1', 'no_url'],
  ['::1', 'https://[::1]', null],
])('EGRESS_ALLOW=%s does not open %s', (text, url, kind) => {
  const allow = parseHosts(text)
  expect(Array.isArray(allow) ? egressProblem(url, allow)?.kind : null).toBe(kind)
})

test.each([
  '*.example.com',
  '10.0.0.0/8',
  'https://llm.local',
  'me@llm.local',
  '::1',
  'a b',
  'llm.local:99999',
  'x?y',
])('EGRESS_ALLOW=%s is not a list of hosts', (text) => {
  expect(parseHosts(`llm.local, ${text}`)).toEqual({ problem: expect.stringContaining(`${text} is not one`) })
})

/** Runs `use` against servers on loopback that answer so; how many requests each had. */
async function serving<T>(
  listeners: RequestListener[],
  use: (urls: URL[]) => Promise<T>,
): Promise<[T, number[]]> {
  const counts = listeners.map(() => 0)
  const servers = listeners.map((listener, index) =>
    createServer((request: IncomingMessage, response: ServerResponse) => {
      counts[index] = (counts[index] ?? 0) + 1
      listener(request, response)
    }),
  )
  const urls: URL[] = []
  for (const server of servers) {
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
    urls.push(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/models`))
  }
  try {
    return [await use(urls), counts]
  } finally {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  }
}
const request = { env: {}, egress: 'trusted', timeoutMs: 5000 } as const

test('a plain request connects to nothing before the URL is allowed', async () => {
  const [answers, counts] = await serving([(_, response) => response.end('{}')], async ([url]) => {
    const at = url as URL
    return [
      await getJson(at, { ...request, egress: { allow: [] } }),
      await getJson(at, { ...request, egress: { allow: [at.host] } }),
    ]
  })
  expect(answers).toEqual([
    {
      problem: 'is not made: the URL is not https; EGRESS_ALLOW opens a host',
      status: null,
      refused: true,
    },
    { body: {} },
  ])
  expect(counts).toEqual([1])
})

test('a plain request does not connect to a private address of a public name', async () => {
  const lookup = resolver(['127.0.0.1'])
  const answer = await getJson(new URL('https://api.example.com/v1'), {
    ...request,
    egress: { allow: [], lookup },
  })
  expect(answer).toEqual({
    problem:
      'is not made: api.example.com leads to 127.0.0.1, which is not a public address; EGRESS_ALLOW opens a host',
    status: null,
    refused: true,
  })
  expect(lookup.names).toEqual(['api.example.com'])
})

test('a redirect to loopback is not followed', async () => {
  let target = ''
  const [answer, counts] = await serving(
    [
      (_, response) => response.writeHead(307, { location: target }).end(),
      (_, response) => response.end('{"secret": true}'),
    ],
    ([first, second]) => {
      target = String(second)
      return getJson(first as URL, { ...request, egress: { allow: [(first as URL).host] } })
    },
  )
  expect(answer).toMatchObject({ status: 307, problem: expect.stringContaining('is not followed') as string })
  expect(counts).toEqual([1, 0])
})

test('an endless answer is not read to its end', async () => {
  const [answer] = await serving(
    [
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(2 ** 16)));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
      },
    ],
    ([url]) => getJson(url as URL, { ...request, mostBytes: 2 ** 20 }),
  )
  expect(answer).toEqual({ problem: 'answered with more than we read', status: 200 })
})

import type { Server } from './servers.ts'

// Whether every server answers the same: otherwise their costs cannot be compared.

const messages = [{ role: 'user', content: 'Say "synthetic", naïvely.' }]
const chat = (more: object) => ({
  path: '/v1/chat/completions',
  body: { model: 'synthetic-1', messages, stream: true, ...more },
})

const questions: { path: string; body?: object }[] = [
  { path: '/micro/plain' },
  { path: '/micro/plain?bytes=1000' },
  { path: '/micro/chunked?bytes=1003&chunks=10&delay_ms=0' },
  { path: '/micro/chunked?bytes=3&chunks=10&delay_ms=1' },
  chat({ frames: 30, delay_ms: 1, bytes_per_frame: 7 }),
  chat({ frames: 40, delay_ms: 0, bytes_per_frame: 300, stream_options: { include_usage: true } }),
  chat({
    frames: 9,
    delay_ms: 2.5,
    bytes_per_frame: 1,
    max_tokens: 4,
    stream_options: { include_usage: true },
  }),
  chat({ delay_ms: 0, max_completion_tokens: 1000 }),
]

/** What a server answers to everything, without what differs by moment, or by how a server writes its headers. */
async function answersOf({ origin }: Pick<Server, 'origin'>): Promise<string[]> {
  const answers: string[] = []
  for (const { path, body } of questions) {
    const asked =
      body === undefined
        ? {}
        : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const response = await fetch(origin + path, asked)
    const { status, headers } = response
    const type = headers.get('content-type')?.split(';')[0]
    const text = (await response.text()).replaceAll(/"created":\d+/g, '"created":0')
    answers.push([status, type, headers.get('content-length'), text].join('\n'))
  }
  return answers
}

/** Rejects if a server answers other than the first one. */
export async function checkSame(servers: readonly Pick<Server, 'name' | 'origin'>[]): Promise<void> {
  const [first, ...others] = servers
  if (first === undefined) return
  const expected = await answersOf(first)
  for (const other of others) {
    const found = await answersOf(other)
    const at = found.findIndex((answer, index) => answer !== expected[index])
    if (at >= 0)
      throw new Error(
        `${other.name} and ${first.name} differ in ${JSON.stringify(questions[at])}:\n${found[at]?.slice(0, 2000)}\n\n${expected[at]?.slice(0, 2000)}`,
      )
  }
}

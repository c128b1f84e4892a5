import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { chooseTool, type Tool } from '../../../bench/serving/tools.ts'

const folder = mkdtempSync(join(tmpdir(), 'firsttoken-tools-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const result = `  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.00ms    0.00ms   1.00ms   100.00%
     50%    1.00ms
  10 requests in 1.00s, 1.00KB read
`

/** A program that says what it is, writes down its arguments and prints a result. */
function program(name: string, about: string, found: string): string {
  const path = join(folder, name)
  writeFileSync(
    path,
    `#!/bin/sh
if [ "$1" = --version ]; then cat <<'END'
${about}
END
exit 1; fi
echo "$@" >> ${path}.args
cat <<'END'
${found}
END
`,
  )
  chmodSync(path, 0o755)
  return path
}

const usage = (more: string) =>
  `wrk 4.0.0 [epoll]\nUsage: wrk <options> <url>\n    -c, --connections <N>\n${more}`
const load = { rate: 50, seconds: 2, connections: 3, threads: 4 }

async function argumentsOf(path: string): Promise<string> {
  const tool = (await chooseTool(path)) as Tool
  await tool.measure('http://127.0.0.1:9/x', load)
  return readFileSync(`${path}.args`, 'utf8')
}

test('wrk2 is told by its flag for a rate, and gets the rate', async () => {
  const path = program('two', usage('    -R, --rate <T>'), result)
  expect(await chooseTool(path)).toMatchObject({
    name: 'wrk2',
    latency: expect.stringMatching(/was due$/) as string,
  })
  expect(await argumentsOf(path)).toBe('-c3 -t3 -d2s --latency -R50 http://127.0.0.1:9/x\n')
})

test('classic wrk gets no rate, and that is said', async () => {
  const path = program('one', usage(''), result)
  expect(await chooseTool(path)).toMatchObject({
    name: 'wrk',
    latency: expect.stringMatching(/sent: classic wrk has no fixed rate/) as string,
  })
  expect(await argumentsOf(path)).not.toContain('-R')
})

test('vegeta gets the rate, and may have as many workers as it wants', async () => {
  const latencies = { mean: 1e6, '50th': 1e6, '90th': 1e6, '95th': 1e6, '99th': 2e6 }
  const report = JSON.stringify({ latencies, requests: 100, throughput: 50, success: 1 })
  const path = program('three', 'Version: \nRuntime: go1.26.8 linux/amd64', report)
  const [attack, reported] = (await argumentsOf(path)).split('\n')
  expect(attack).toMatch(/^attack -rate=50\/1s -duration=2s .* -connections=3 -max-connections=3$/)
  expect(attack).not.toContain('-max-workers')
  expect(reported).toMatch(/^report -type=json /)
})

test('without WRK_BIN wrk2 is taken from PATH, also if it is called wrk; never classic wrk', async () => {
  vi.stubEnv('PATH', [folder, '/bin', '/usr/bin'].join(delimiter))
  program('wrk', usage('    -R, --rate <T>'), result)
  expect(await chooseTool('')).toMatchObject({ name: 'wrk2' })
  program('wrk', usage(''), result)
  program('vegeta', 'Runtime: go1.26.8 linux/amd64', '')
  expect(await chooseTool('')).toMatchObject({ name: 'vegeta' })
  expect(await chooseTool('wrk')).toMatchObject({ name: 'wrk' })
  expect(await chooseTool('ours')).toMatchObject({ name: 'our sender' })
})

test.each(['/bin/echo', '/nowhere/wrk2', 'no-such-program'])('WRK_BIN=%s is refused', async (bin) => {
  expect(await chooseTool(bin)).toMatchObject({ problem: expect.stringContaining(bin) as string })
})

import { parseArgs } from 'node:util'

// What curl does with the few options of docs/api.md, for machines without it.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: 'boolean', short: 's' },
    fail: { type: 'boolean', short: 'f' },
    'no-buffer': { type: 'boolean', short: 'N' },
    compressed: { type: 'boolean' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    data: { type: 'string', short: 'd' },
    request: { type: 'string', short: 'X' },
  },
})
const headers = values.header.map((line) => line.split(/: */, 2) as [string, string])
const { data } = values
const method = values.request ?? (data === undefined ? 'GET' : 'POST')
const response = await fetch(positionals[0] ?? '', {
  method,
  headers,
  ...(data !== undefined && { body: data }),
})
process.stdout.write(await response.text())
if (values.fail === true && !response.ok) process.exitCode = 22

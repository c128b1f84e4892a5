import { runParts } from './parts.ts'
import { cache } from './status/cache.ts'
import { lighthouse } from './status/lighthouse.ts'

// The public status page, part by part (`--part NAME`, all without): what it serves a second from memory beside a bare static file, and
// what Lighthouse says of it, which is fetched by npm once. `--short` is to see that the parts work. Judge them on a quiet machine.
await runParts('the status page', {
  cache: { name: 'the status page from memory, beside a static file by the same library', part: cache },
  lighthouse: { name: 'the status page, by Lighthouse', part: lighthouse },
})

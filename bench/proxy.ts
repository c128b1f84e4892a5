import { accuracy } from './proxy/accuracy.ts'
import { disconnect } from './proxy/disconnect.ts'
import { loadPart } from './proxy/load.ts'
import { slowStore } from './proxy/slow-store.ts'
import { stalledPart } from './proxy/stalled.ts'
import { runParts } from './parts.ts'

// What the proxy costs and how right it is, beside a plain pipe of node:http and LiteLLM, each a process of its own
// (LITELLM=venv/bin/litellm). docs/proxy.md has the figures.
const name = (streams: number) => `a proxy with ${streams} streams: what it adds, in ms`
await runParts('proxy', {
  'load-1': { name: name(1), part: loadPart(1) },
  'load-16': { name: name(16), part: loadPart(16) },
  'load-128': { name: name(128), part: loadPart(128) },
  'load-512': { name: name(512), part: loadPart(512) },
  accuracy: {
    name: 'TTFT by a probe and by the proxy, less the stamps of the upstream, in ms',
    part: accuracy,
  },
  disconnect: { name: 'a client that leaves, by phase', part: disconnect },
  stalled: { name: 'clients that read nothing', part: stalledPart },
  'slow-store': { name: 'a database that never answers', part: slowStore },
})

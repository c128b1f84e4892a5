import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import { msToClose, sendTo, startScripted, textEvent } from './scripted.ts'
import { startOurs } from './ways.ts'

// A client that reads nothing for ten seconds, of an upstream that writes as fast as it can.
const stallMs = 10_000
const MiB = 2 ** 20

const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** What it costs while it lasts. */
export const stall: Part = async ({ cwd, short }) => {
  const upstream = await startScripted()
  const ours = await startOurs(upstream.url, cwd)
  const long = textEvent('x'.repeat(10_000))
  try {
    upstream.answer = (to) => {
      to.writeHead(200, { 'content-type': 'text/event-stream' })
      const more = () => {
        while (!to.destroyed && to.write(long));
      }
      to.on('drain', more)
      more()
    }
    // What is loaded after the start is there by then.
    await sleep(3000)
    const before = rssMiB(ours.pid)
    const arrived = upstream.next()
    const client = sendTo(ours.port).pause()
    const socket = await arrived
    let peak = before
    for (let waited = 0; waited < (short ? 2000 : stallMs); waited += 100) {
      await sleep(100)
      peak = Math.max(peak, rssMiB(ours.pid))
    }
    const heldMiB = (socket.bytesWritten - client.bytesRead) / MiB
    client.destroy()
    await msToClose(socket)
    return {
      figures: [
        {
          'RSS before, MiB': round(before),
          'most, MiB': round(peak),
          'taken from the upstream, MiB': round(heldMiB),
        },
      ],
      goals: [
        atMost('MiB by which memory grows', 32, peak - before),
        atMost('MiB taken from the upstream, the buffers of four sockets among them', 24, heldMiB),
      ],
    }
  } finally {
    await ours.close()
    upstream.close()
  }
}

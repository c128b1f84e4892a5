import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Begin } from './begin.ts'
import type { World } from './world.ts'

/** The processes of a fleet. */
export interface Members {
  /** Resolves when all have loaded their code. */
  loaded: () => Promise<void>
  begin: (begin: Omit<Begin, 'name' | 'region'>) => void
  /** A worker by its name. */
  worker: (name: string) => ChildProcess
  /** A worker that was loaded with the others begins in the place of the killed one. */
  restart: () => void
  /** Tells planners that there is no further slot. */
  last: () => void
  /** Ends all, as a signal would, and waits for them. */
  end: () => Promise<void>
}

/** Two workers of the first region, of which one is killed and one is stopped, and one of each other. */
export function openMembers({
  dir,
  concurrency,
  world,
}: {
  dir: string
  concurrency: number
  world: World
}): Members {
  const [first = '', ...others] = world.regions
  const regionOf = new Map([
    ['killed', first],
    ['stopped', first],
    ...others.map((region) => [`only in ${region}`, region] as const),
  ])
  const members = new Map([...regionOf.keys()].map((name) => [name, start('worker-process.ts')]))
  const planners = start('planners-process.ts')
  const spare = start('worker-process.ts')
  const all = [...members.values(), planners, spare]
  let told: Omit<Begin, 'name' | 'region'> | null = null
  const beginOne = (member: Member, name: string, region: string) => {
    const own = join(dir, name.replaceAll(' ', '-'))
    mkdirSync(own, { recursive: true })
    if (told !== null) member.child.send({ ...told, concurrency, dir: own, name, region } satisfies Begin)
  }
  return {
    loaded: async () => void (await Promise.all(all.map(({ loaded }) => loaded))),
    begin: (begin) => {
      told = begin
      for (const [name, region] of regionOf) {
        const member = members.get(name)
        if (member !== undefined) beginOne(member, name, region)
      }
      beginOne(planners, 'planners', first)
    },
    worker: (name) => {
      const member = members.get(name)
      if (member === undefined) throw new Error(`there is no worker ${name}`)
      return member.child
    },
    restart: () => beginOne(spare, 'restarted', first),
    last: () => void planners.child.send('last'),
    end: async () => {
      await Promise.all(all.map(end))
    },
  }
}

interface Member {
  child: ChildProcess
  loaded: Promise<unknown>
}

function start(file: string): Member {
  const child = fork(join(import.meta.dirname, file), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  return { child, loaded: Promise.race([once(child, 'message'), once(child, 'exit')]) }
}

/** How long a worker may take to end, in ms: a machine may be busy. */
const patienceMs = 30_000

async function end({ child }: Member): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.connected) child.send('stop')
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  await ended
  clearTimeout(timer)
}

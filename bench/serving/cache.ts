import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'

// What only this bench needs. It is fetched once, and is no dependency of this repository.

const versions = {
  node: ['express@5.3.0', 'fastify@5.12.8'],
  python: ['fastapi==0.165.0', 'uvicorn==0.54.0', 'flask==3.1.3', 'gunicorn==27.0.1'],
  vegeta: 'v12.13.0',
}

/** A folder of what is fetched; it is complete once its mark is written. */
function fetched(name: string, fetch: (folder: string) => void): string {
  const folder = join(tmpdir(), 'firsttoken-serving', name.replaceAll(/[^\w.@=-]/g, '-'))
  const mark = join(folder, '.complete')
  if (existsSync(mark)) return folder
  process.stderr.write(`fetching ${name}, once, into ${folder}\n`)
  mkdirSync(folder, { recursive: true })
  fetch(folder)
  writeFileSync(mark, '')
  return folder
}

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  execFileSync(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })

/** Where a program is, in PATH or one of some more folders; null if it is not there. */
export function programAt(name: string, more: readonly string[] = []): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...more]
  return name.includes('/')
    ? name
    : (folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null)
}

/** The URL of a framework's module. */
export function frameworkAt(name: 'express' | 'fastify'): string {
  const folder = fetched(`node-${versions.node.join('-')}`, (prefix) =>
    run('npm', [
      'install',
      '--prefix',
      prefix,
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...versions.node,
    ]),
  )
  return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(name)).href
}

/** The folder of the programs of a virtual environment with the frameworks; null if there is no Python here. */
export function pythonAt(): string | null {
  const python = programAt('python3')
  if (python === null) return null
  const folder = fetched(`python-${versions.python.join('-')}`, (to) => {
    run(python, ['-m', 'venv', to])
    run(join(to, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', ...versions.python])
  })
  return join(folder, 'bin')
}

/** Where vegeta is: in PATH, or built with Go, which takes minutes; null if there is neither. `build: false`: if it was built. */
export function vegetaAt({ build }: { build: boolean }): string | null {
  const there = programAt('vegeta')
  const go = programAt('go', ['/usr/local/go/bin'])
  if (there !== null || go === null) return there
  const name = `vegeta-${versions.vegeta}`
  const built = join(tmpdir(), 'firsttoken-serving', name, 'vegeta')
  if (!build) return existsSync(built) ? built : null
  const folder = fetched(name, (to) =>
    run(go, ['install', `github.com/tsenart/vegeta/v12@${versions.vegeta}`], { ...process.env, GOBIN: to }),
  )
  return join(folder, 'vegeta')
}

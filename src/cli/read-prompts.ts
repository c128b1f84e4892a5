import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../core/error.ts'
import type { NamedPrompt } from '../core/work.ts'
import { sha256 } from '../run/plan.ts'
import { readText } from './read-text.ts'

/** Prompts, or what is wrong with them. */
type Prompts = { prompts: NamedPrompt[] } | { problem: string }

/** What the prompts of a folder may be at most: they are kept with the run, and read each time that it is. */
const most = { files: 1000, bytes: 2 ** 20 }

/** Every .txt and .md file of a folder, by name; its folders are not looked into. */
export function readPrompts(folder: string): Prompts {
  const names = promptFiles(folder)
  if ('problem' in names) return names
  const prompts: NamedPrompt[] = []
  let bytes = 0
  for (const name of names.files) {
    const read = readText(join(folder, name))
    if ('problem' in read) return read
    if (read.text.trim() === '') return { problem: `${join(folder, name)} is empty` }
    prompts.push({ name, hash: sha256(read.text), text: read.text })
    bytes += Buffer.byteLength(read.text)
    if (bytes > most.bytes) return { problem: `the prompts of ${folder} are longer than 1 MiB together` }
  }
  return { prompts }
}

function promptFiles(folder: string): { files: string[] } | { problem: string } {
  try {
    const files = readdirSync(folder, { withFileTypes: true })
      .filter(
        (entry) =>
          (entry.isFile() || entry.isSymbolicLink()) &&
          /\.(txt|md)$/i.test(entry.name) &&
          !entry.name.startsWith('.'),
      )
      .map(({ name }) => name)
      .toSorted()
    if (files.length === 0) return { problem: `${folder} has no .txt or .md file` }
    return files.length > most.files
      ? { problem: `${folder} has ${files.length} prompts, and a sweep takes at most ${most.files}` }
      : { files }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

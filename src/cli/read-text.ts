import { closeSync, openSync, readSync } from 'node:fs'
import { codeOf, messageOf } from '../core/error.ts'

/** A prompt of this length fits no model; a file that is longer, or never ends, was not meant. */
const mostBytes = 2 ** 20

/**
 * The text of a file that a person named, of 1 MiB unless it says otherwise; or why there is none. No more is read
 * than is taken, and what is no text in UTF-8 is not guessed at.
 */
export function readText(path: string, most = mostBytes): { text: string } | { problem: string } {
  try {
    const bytes = readBytes(path, most + 1)
    if (bytes.length > most) return { problem: `${path} is longer than ${most / 2 ** 20} MiB` }
    if (bytes.includes(0)) return { problem: `${path} is binary: it has NUL bytes` }
    return { text: utf8.decode(bytes) }
  } catch (error) {
    if (error instanceof TypeError) return { problem: `${path} is not UTF-8` }
    return { problem: codeOf(error) === 'EISDIR' ? `${path} is a folder, and no file` : messageOf(error) }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The beginning of a file: a pipe gives it in pieces. */
function readBytes(path: string, most: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.allocUnsafe(most)
    let size = 0
    for (let read = -1; read !== 0 && size < most; size += read)
      read = readSync(file, bytes, { offset: size })
    return bytes.subarray(0, size)
  } finally {
    closeSync(file)
  }
}

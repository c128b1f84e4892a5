import { closeSync, openSync, readSync } from 'node:fs'
import { messageOf } from '../core/error.ts'

/** A prompt of this length fits no model; a file that is longer, or never ends, was not meant. */
const mostBytes = 2 ** 20

/** The text of a file that a person named; or why there is none. No more is read than is taken. */
export function readText(path: string): { text: string } | { problem: string } {
  try {
    const bytes = readBytes(path, mostBytes + 1)
    return bytes.length > mostBytes
      ? { problem: `${path} is longer than ${mostBytes / 2 ** 20} MiB` }
      : { text: bytes.toString('utf8') }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

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

/** Where a command writes. */
export interface Streams {
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

/**
 * Keeps a run going whose output nobody reads any more (`| head`), or whose disk is full: what it measures is recorded
 * all the same. The first failure is told on stderr, where that still works.
 */
export function tolerateLostOutput({ stdout, stderr }: Streams): void {
  let told = false
  for (const stream of [stdout, stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (told || error.code === 'EPIPE') return
      told = true
      stderr.write(`firsttoken: the output could not be written: ${error.message}\n`)
    })
}

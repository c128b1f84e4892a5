/** Where a command writes. */
export interface Streams {
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

/**
 * Keeps a command running if its output is closed (`| head`) or its disk is full: measurements are recorded
 * all the same. The first failure is reported on stderr, if that still works.
 */
export function tolerateLostOutput({ stdout, stderr }: Streams): void {
  let reported = false
  for (const stream of [stdout, stderr]) {
    // Every measuring thread listens too, and there may be 64.
    stream.setMaxListeners(0)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (reported || error.code === 'EPIPE') return
      reported = true
      stderr.write(`firsttoken: the output could not be written: ${error.message}\n`)
    })
  }
}

/** What is drawn for a terminal that does not say how wide it is: one without a size says 0. */
const usualColumns = 80

/** How wide a terminal is. */
export const columnsOf = ({ columns }: Pick<NodeJS.WriteStream, 'columns'>): number => columns || usualColumns

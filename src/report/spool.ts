/** The shown parts of a spool delivery. */
interface Replayed {
  files: number
  delivered: number
  rejected: readonly { file: string; reason: string }[]
  waiting: { message: string } | null
}

/** The result of delivering a spool, in a sentence or two. */
export function replayText({ files, delivered, rejected, waiting }: Replayed): string {
  if (files === 0 && rejected.length === 0) return 'nothing is spooled'
  const parts = [
    `${delivered} spooled ${delivered === 1 ? 'call' : 'calls'} of ` +
      `${files} ${files === 1 ? 'run' : 'runs'} delivered`,
    ...(rejected.length > 0
      ? [
          `${rejected.length} set aside, because the database will never take ${rejected.length === 1 ? 'it' : 'them'} (${rejected[0]?.file}: ${rejected[0]?.reason})`,
        ]
      : []),
    ...(waiting === null ? [] : [`the rest waits: ${waiting.message}`]),
  ]
  return parts.join('; ')
}

/** The shown parts of a spool delivery. */
interface Replayed {
  files: number
  delivered: number
  rejected: readonly { file: string; reason: string }[]
  unreachable: { message: string } | null
}

/** The result of delivering a spool, in a sentence or two. */
export function replayText({ files, delivered, rejected, unreachable }: Replayed): string {
  if (files === 0 && rejected.length === 0) return 'nothing is spooled'
  const parts = [
    `${delivered} spooled ${delivered === 1 ? 'call' : 'calls'} of ` +
      `${files} ${files === 1 ? 'run' : 'runs'} delivered`,
    ...(rejected.length > 0
      ? [`${rejected.length} refused, and kept (${rejected[0]?.file}: ${rejected[0]?.reason})`]
      : []),
    ...(unreachable === null ? [] : [`the rest waits: ${unreachable.message}`]),
  ]
  return parts.join('; ')
}

/** The exit codes that every command shares. */
export const exitCode = {
  ok: 0,
  allFailed: 1,
  worse: 1,
  differs: 1,
  usage: 2,
  notRecorded: 3,
  stuck: 4,
  interrupted: 130,
} as const

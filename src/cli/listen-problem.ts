const problems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; --port N takes another, --port 0 a free one',
  EACCES: 'this user may not use that port; take one above 1023',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host could not be looked up',
}

/** Why a server cannot listen, and what to do. */
export function listenProblem(error: unknown, { host, port }: { host?: string; port?: number }): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return `cannot listen on ${host} port ${port}: ${problems[code] ?? message}`
}

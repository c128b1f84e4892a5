/** An error as every endpoint answers it: `{error: {kind, message}}`. The message says what to do and holds no secret. */
export const problem = (status: number, kind: string, message: string): Response =>
  Response.json({ error: { kind, message } }, { status })

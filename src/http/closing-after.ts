/**
 * The response, after whose last byte something is closed: a stream reads the store until then. A client that leaves ends
 * it too, by its stream or, with supportsCancellation in vercel.json, by its signal.
 */
export async function closingAfter(
  response: Response,
  { signal }: Request,
  close: () => Promise<void>,
): Promise<Response> {
  if (response.body === null) {
    await close()
    return response
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  void response.body
    .pipeTo(writable, { signal })
    .catch(() => undefined)
    .then(close)
    // Everything has been answered.
    .catch(() => undefined)
  return new Response(readable, response)
}

/** A message of a request, as text: what is none is there by its kind and size. */
export interface ProxyMessage {
  /** `user`, `assistant`, ..., as the client wrote it; `prompt` for a prompt of completions; null if there was none. */
  role: string | null
  content: string
}

/** What was asked and answered, in text. It is kept only of requests that PROXY_CAPTURE chooses, and holds no key. */
export interface ProxyText {
  /** Of the record of the same request. */
  requestId: string
  /** When the request began to arrive. */
  capturedAt: Date
  /** The newest messages, in their order. */
  messages: ProxyMessage[]
  /** Text and reasoning of the first choice. */
  answerText: string
  reasoningText: string
}

import type { ProxySettings } from './jobs/config.ts'

// What the environment says of the proxy.

/** Its variables, read. */
interface ProxyValues {
  PROXY: 'on' | 'off'
  PROXY_HOST: string
  PROXY_PORT: number
  /** A share. */
  PROXY_CAPTURE: number
  /** Null is forever. */
  PROXY_RETENTION_DAYS: number | null
  PROXY_CAPTURE_DAYS?: number | undefined
}

/** How it is set. */
export const proxyOf = (values: ProxyValues): ProxySettings => ({
  isOn: values.PROXY === 'on',
  host: values.PROXY_HOST,
  port: values.PROXY_PORT,
  captureShare: values.PROXY_CAPTURE,
})

/** Days to keep texts, by default. */
const textDays = 7

/** How long requests and their texts are kept, in days. */
export const proxyRetentionOf = ({
  PROXY_RETENTION_DAYS: requests,
  PROXY_CAPTURE_DAYS: texts,
}: ProxyValues) => ({
  proxy: requests,
  proxyTexts: texts ?? Math.min(textDays, requests ?? textDays),
})

/** Texts go with their requests: that they should be kept for longer cannot be meant. */
export const longCapture = ({
  PROXY_RETENTION_DAYS: requests,
  PROXY_CAPTURE_DAYS: texts,
}: Partial<ProxyValues> = {}): string[] =>
  (texts ?? 0) > (requests ?? Infinity)
    ? [
        `PROXY_CAPTURE_DAYS: must be at most PROXY_RETENTION_DAYS (${requests}), when requests go with their texts`,
      ]
    : []

const nothing = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'usb',
]

/** Scripts, styles and fonts are files of our own; nobody may frame a page; nothing is sent elsewhere. */
const policy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}

const policyText = (directives: Readonly<Record<string, string>>): string =>
  Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')

/** The headers of every answer. vercel.json has the same for files, which do not pass the program. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policyText(policy),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': nothing.map((feature) => `${feature}=()`).join(', '),
}

/** The policy of the reference alone: Swagger UI sets styles of its own on elements. */
export const referencePolicy = policyText({ ...policy, 'style-src': "'self' 'unsafe-inline'" })

/** The policy of a page that holds all it needs: styles of its own, no script, and nothing is loaded. */
export const documentPolicy = policyText({
  'default-src': "'none'",
  'style-src': "'unsafe-inline'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
})

/** An object that exists only while the tests run, such as one that `beforeAll` opens. */
export const later = <T extends object>(get: () => T): T =>
  new Proxy({} as T, { get: (_, name) => Reflect.get(get(), name) as unknown })

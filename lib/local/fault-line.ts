// One line for what a user's module threw: the message, and the place in the user's file where there is one.

/** `SyntaxError: Unexpected token (/app/functions/order/process.ts:12)` */
export const faultLine = (thrown: unknown): string => {
  // What a thread threw arrives as a copy, which need not be an instance of this module's Error.
  const { name = 'Error', message, stack = '' } = (thrown ?? {}) as Partial<Error>
  if (typeof message !== 'string') return `thrown value: ${String(thrown)}`
  const [line] = `${name}: ${message}`.split('\n', 1)
  // A syntax error's stack begins with a path of its own, another's names URLs; node:internal is neither.
  const place = /(?:^|file:\/\/)(\/[^\s()]+?:\d+)/m.exec(stack)?.[1]
  return place === undefined || place.includes('/worker-main.') ? `${line}` : `${line} (${place})`
}

// Visitors without a script: they have cookies, read pages, and fill in the forms that they find there.

interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}
interface Fields {
  readonly [name: string]: string | number
}

/** The way into a shop. */
export interface Door {
  readonly origin: string
  /** Answers one request, and follows no redirection. */
  readonly ask: (request: Request) => Promise<Response>
}

/** Somebody with cookies of their own. */
export const visitorOf = (door: Door) => {
  const { origin } = door
  const cookies = new Map<string, string>()
  const ask = async (path: string, init: RequestInit = {}): Promise<Page> => {
    const headers = new Headers(init.headers)
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await door.ask(new Request(`${origin}${path}`, { redirect: 'manual', ...init, headers }))
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, decodeURIComponent(value))
    }
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const post = (path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Page> => {
    const body = new URLSearchParams(Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]))
    return ask(path, { method: 'POST', body, headers: { origin, 'sec-fetch-site': 'same-origin', ...headers } })
  }
  /** Loads a page and sends its form that goes to `action`, with some of its fields filled in otherwise. */
  const submit = async (from: string, action: string, changed: Fields = {}): Promise<Page> =>
    post(action, { ...formOf((await ask(from)).text, action), ...changed })
  return {
    cookies,
    ask,
    post,
    submit,
    form: async (from: string, action: string): Promise<Fields> => formOf((await ask(from)).text, action),
    /** Puts a product into the basket. */
    take: (sku: string, quantity = 1): Promise<Page> => submit(`/products/${sku}`, '/basket', { quantity }),
    /** Orders what is in the basket. */
    checkout: (changed: Fields = {}): Promise<Page> => submit('/checkout', '/checkout', changed),
  }
}

/** The fields of the first form that goes to `action`, as they stand. */
const formOf = (page: string, action: string): Fields => {
  const [, form] = new RegExp(`<form[^>]* action="${action}"[^>]*>(.*?)</form>`, 's').exec(page) ?? []
  if (form === undefined) throw new Error(`no form goes to ${action}: ${/<h1>.*?<\/h1>/.exec(page)?.[0]}`)
  return Object.fromEntries(
    [...form.matchAll(/<input[^>]*>/g)].flatMap(([input]) => {
      const [, name] = / name="([^"]*)"/.exec(input) ?? []
      return name === undefined || input.includes('type="checkbox"') ? [] : [[name, / value="([^"]*)"/.exec(input)?.[1] ?? '']]
    }),
  )
}

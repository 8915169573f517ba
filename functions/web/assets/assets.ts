// The files that pages ask for. Each one's name holds a hash of what is in it, so that browsers may keep it for ever.
import { createHash } from 'node:crypto'
import { icon } from './icon.ts'
import { live } from './live.ts'
import { style } from './style.ts'

export interface Asset {
  readonly type: string
  readonly text: string
}

const texts = {
  'shop.css': { type: 'text/css; charset=utf-8', text: style },
  'live.js': { type: 'text/javascript; charset=utf-8', text: live },
  'icon.svg': { type: 'image/svg+xml', text: icon },
} satisfies { readonly [name: string]: Asset }

const hashed = (name: string, { text }: Asset): string =>
  name.replace('.', `.${createHash('sha256').update(text).digest('hex').slice(0, 12)}.`)

const paths = Object.fromEntries(Object.entries(texts).map(([name, asset]) => [name, `/assets/${hashed(name, asset)}`]))
const byPath = new Map(Object.entries(texts).map(([name, asset]) => [paths[name], asset]))

export const assetPath = (name: keyof typeof texts): string => paths[name] as string
/** Undefined if there is none under this path, such as one of an older deployment. */
export const assetAt = (path: string): Asset | undefined => byPath.get(path)

// Articles of the "Online Retail" data set as products of the shop: their names made readable, their categories told from their words.
import type { InferOutput } from 'valibot'
import type { collections } from './collections.ts'

type Product = InferOutput<(typeof collections)['products']['schema']>

/** @param fields of an order line: `StockCode`, `Description`, `UnitPrice` in pounds. @throws Error that names the column that is missing or odd */
export const productOf = (fields: {
  readonly [column: string]: unknown
}): { readonly key: string; readonly document: Product } => {
  const { StockCode: key, Description, UnitPrice } = fields
  const pounds = Number(UnitPrice)
  if (typeof key !== 'string' || key === '') throw new Error(`StockCode is ${JSON.stringify(key)}`)
  if (typeof Description !== 'string' || Description.trim() === '')
    throw new Error(`Description is ${JSON.stringify(Description)}`)
  if (UnitPrice === '' || !(pounds >= 0)) throw new Error(`UnitPrice is ${JSON.stringify(UnitPrice)}`)
  const name = readable(Description)
  return { key, document: { name, category: categoryOf(name), pence: Math.round(pounds * 100) } }
}

const small = new Set(['and', 'of', 'in', 'to', 'the', 'on', 'with', 'as', 'or', 'by', 'for'])
/** `WHITE METAL  LANTERN ` becomes `White Metal Lantern`. */
const readable = (description: string): string =>
  description
    .replace(/["\s]+/g, ' ')
    .replace(/ ?, ?/g, ', ')
    .replace(/[,. ]+$/, '')
    .trim()
    .toLowerCase()
    .split(' ')
    .map((word, n) =>
      n > 0 && small.has(word) ? word : word.replace(/(^|[-/&+.])\p{Letter}/gu, (letter) => letter.toUpperCase()),
    )
    .join(' ')

/** The first whose words are in the name. */
const categories: readonly (readonly [category: string, words: RegExp])[] = [
  ['Pictures & Signs', /sign\b|photo|clock|chalkboard|picture frame/i],
  ['Lights & Candles', /light|lantern|candle|lamp|matches|garland|incense/i],
  ['Bags & Travel', /\bbag\b|purse|shopper|umbrella|parasol|rain hat|travel/i],
  ['Warmth & Bath', /hot water bottle|hottie|hand warmer|bath sponge|flannel|quilt|cushion|mirror|doormat|tissue/i],
  [
    'Toys & Games',
    /toy|jigsaw|domino|skittle|doll|playhouse|paint|block|balloon|skipping|mice|nesting|snakes|game|globe|calculator|sticker/i,
  ],
  [
    'Storage & Furniture',
    /money bank|piggy|drawer|cabinet|rack|hook|hanger|organiser|sideboard|doorstop|chest|bucket|peg|trinket|keepsake|birdcage|wicker oval/i,
  ],
  [
    'Kitchen & Dining',
    /mug|\btea|\bcups?\b|plate|lunch|bread|\bjam\b|cake|cookie|\begg\b|cutlery|spoon|bowl|jug|napkin|beaker|coaster|recipe|snack|tray|popcorn|picnic/i,
  ],
  ['Paper & Ribbons', /ribbon|card|paper|invite|party|tape|sew|crochet/i],
]
const categoryOf = (name: string): string => categories.find(([, words]) => words.test(name))?.[0] ?? 'Decorations'

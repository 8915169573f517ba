// A picture for each product, drawn from its name: the catalogue has no photographs, and pages take nothing from outside.
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { Html } from './html.ts'

// Drawn on 96 × 96. Each with the words that ask for it; the first that fits is taken.
const motifs: readonly (readonly [words: RegExp, shapes: string])[] = [
  [/heart|\blove|cupid|valentine/, '<path d="M48 76C20 56 22 30 36 28c7-1 11 4 12 9 1-5 5-10 12-9 14 2 16 28-12 48z"/>'],
  [
    /lantern|light|lamp|candle|t-light|night/,
    '<path d="M34 40h28v36H34z"/><path d="M30 76h36M36 40c0-16 24-16 24 0M48 22v6"/><path class="b" d="M48 68c-8-6-3-12 0-18 3 6 8 12 0 18z"/>',
  ],
  [
    /towel|napkin|apron|linen|cloth|cushion|quilt|blanket|doormat/,
    '<path d="M24 26h48v36H24z"/><path d="M24 62v6M32 62v6M40 62v6M48 62v6M56 62v6M64 62v6M72 62v6"/><path class="b" d="M24 36h48M24 52h48M58 26v36"/>',
  ],
  [
    /mug|\bcups?\b|\btea|coffee|saucer|darjeeling|earl grey|oolong|chai\b|matcha|sencha|jasmine|rooibos/,
    '<path d="M26 40h36v20a14 14 0 0 1-14 14h-8a14 14 0 0 1-14-14z"/><path d="M62 46h6a8 8 0 0 1 0 16h-6"/><path class="b" d="M36 32c-3-4 3-6 0-10M46 32c-3-4 3-6 0-10"/>',
  ],
  [
    /clock|alarm/,
    '<circle cx="48" cy="52" r="24"/><path class="b" d="M48 38v14l9 6"/><path d="M28 28l8-6M68 28l-8-6M34 74l-5 5M62 74l5 5"/>',
  ],
  [
    /\bbag|purse|lunch|shopper/,
    '<path d="M28 40h40l5 36H23z"/><path d="M38 48V34a10 10 0 0 1 20 0v14"/><path class="b" d="M40 62h16"/>',
  ],
  [
    /box|tin|drawer|cabinet|chest|case/,
    '<path d="M24 40h48v34H24z"/><path d="M20 28h56v12H20z"/><path class="b" d="M48 28v46M40 54h16"/>',
  ],
  [
    /flower|rose|daisy|garden|plant|herb|botanical/,
    '<path d="M48 50v30M48 72c-10 0-14-6-14-10 8 0 14 4 14 10z"/><g class="b"><circle cx="48" cy="26" r="8"/><circle cx="36" cy="36" r="8"/><circle cx="60" cy="36" r="8"/><circle cx="41" cy="48" r="8"/><circle cx="55" cy="48" r="8"/></g><circle cx="48" cy="38" r="6"/>',
  ],
  [
    /\b(?:birds?|owls?|ducks?|hens?|chicks?|parrots?|flying)\b/,
    '<path d="M24 50c6-18 30-20 36-2l14-4-12 14c-4 16-28 18-36 6-3-5-4-9-2-14z"/><path class="b" d="M36 54c8-2 14 2 16 8M44 74v8M52 74v8"/><circle class="d" cx="52" cy="46" r="2"/>',
  ],
  [
    /star|christmas|snow|angel|reindeer|advent|xmas/,
    '<path d="M48 18l9 19 21 3-15 14 4 21-19-10-19 10 4-21-15-14 21-3z"/><circle class="b" cx="48" cy="50" r="6"/>',
  ],
  [
    /bottle|jar|spice|jug|vase|water/,
    '<path d="M40 20h16v12c10 4 12 10 12 20v20a6 6 0 0 1-6 6H34a6 6 0 0 1-6-6V52c0-10 2-16 12-20z"/><path class="b" d="M28 56h40M38 20h20"/>',
  ],
  [
    /paper|card|book|journal|notebook|letter|stationery|wrap|sticker|stamp|chalk|pencil|pen\b/,
    '<path d="M30 20h28l12 12v46H30z"/><path d="M58 20v12h12"/><path class="b" d="M38 44h22M38 54h22M38 64h14"/>',
  ],
  [
    /doll|toy|game|soldier|child|jigsaw|puzzle|skittle|train|block|playhouse|building/,
    '<path d="M26 52h24v24H26zM50 52h22v24H50z"/><path class="b" d="M38 28h22v24H38zM34 64h8M57 64h8M45 40h8"/>',
  ],
  [
    /cake|bake|kitchen|spoon|fork|cutlery|bowl|plate|oven|cook|recipe|food|pantry|dish|bread|board|scales|egg|whisk/,
    '<path d="M22 46h52c0 18-10 28-26 28S22 64 22 46z"/><path d="M38 78h20"/><path class="b" d="M40 38c-4-6 4-8 0-16M56 38c-4-6 4-8 0-16"/>',
  ],
  [/hanger|coat|hook/, '<path d="M48 42c0-6 7-6 7-12a7 7 0 0 0-14 0"/><path d="M48 42L18 62c-3 2-2 6 2 6h56c4 0 5-4 2-6z"/>'],
  [
    /sign|door|frame|mirror|photo|picture|clip/,
    '<path d="M26 38h44v38H26z"/><path class="b" d="M32 68l11-14 9 9 6-7 7 12z"/><path d="M34 38l14-14 14 14"/><circle class="d" cx="48" cy="23" r="2.4"/>',
  ],
  [
    /umbrella|parasol|rain/,
    '<path d="M20 52a28 28 0 0 1 56 0c-6-6-12-6-18 0-6-6-14-6-20 0-6-6-12-6-18 0z"/><path d="M48 50v22a6 6 0 0 1-12 0"/><path class="b" d="M48 20v6"/>',
  ],
]
const parcel =
  '<path d="M22 38h52v38H22z"/><path class="b" d="M48 38v38M22 54h52"/><path d="M48 38c-6-16-20-14-18-6 1 4 8 6 18 6zM48 38c6-16 20-14 18-6-1 4-8 6-18 6z"/>'

/** Hues that the style sheet has. */
const tones = 6

/** Decoration: the name stands beside it. */
export const art = (name: string): Html => {
  const [first = 0] = createHash('sha1').update(name).digest()
  const shapes = motifs.find(([words]) => words.test(name.toLowerCase()))?.[1] ?? parcel
  return html`<svg class="art tone-${first % tones}" viewBox="0 0 96 96" aria-hidden="true" focusable="false">${raw(shapes)}</svg>`
}

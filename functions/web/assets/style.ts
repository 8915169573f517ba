// The look of the shop: warm paper, bottle green, one accent. One column on a telephone, more where there is room; light and dark.

import { parts } from './style-parts.ts'

const ground = `
:root {
  --paper: #faf5ea; --sheet: #fffdf8; --ink: #1b2a27; --muted: #5b6763; --line: #e3d9c6; --green: #17453b; --on-green: #fbf6ea;
  --accent: #b3401c; --good: #1f6a45; --warn: #8a4b08; --bad: #a32a22; --shade: 0 1px 2px rgb(43 33 10 / .06), 0 8px 24px -12px rgb(43 33 10 / .18);
  --tone-0: #f2d9cb; --tone-1: #dbe5d3; --tone-2: #f3e3b9; --tone-3: #d3e2e4; --tone-4: #eadbe6; --tone-5: #e6dfcf;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", P052, "Book Antiqua", Georgia, serif;
  --sans: "Seravek", "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", system-ui, sans-serif;
  --round: .7rem; color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121a18; --sheet: #1a2522; --ink: #efe8da; --muted: #a9b3ac; --line: #2f3c38; --green: #b9dccb; --on-green: #10201b;
    --accent: #f0926a; --good: #86cfa5; --warn: #e9b872; --bad: #f39a90; --shade: none;
    --tone-0: #4a342b; --tone-1: #30402f; --tone-2: #463c20; --tone-3: #263f43; --tone-4: #41313d; --tone-5: #3b372c;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 var(--sans); }
main { flex: 1; padding-block: 1.5rem 4rem; outline: none; }
h1, h2 { font-family: var(--serif); font-weight: 500; line-height: 1.15; letter-spacing: -.01em; margin: 0; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 1.4rem + 2.4vw, 2.9rem); }
h2 { font-size: 1.35rem; }
p { margin: 0 0 .9rem; }
ul, ol, dl { margin: 0; padding: 0; list-style: none; }
a { color: var(--green); text-underline-offset: .18em; text-decoration-thickness: .06em; }
a:hover { text-decoration-thickness: .12em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .3rem; }
.wide { width: min(72rem, 100%); margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; background: var(--sheet); padding: .6rem 1rem; border-radius: 0 0 var(--round) var(--round); z-index: 2; }
.skip:focus { top: 0; }
.muted, .hint { color: var(--muted); }
.price { font-variant-numeric: tabular-nums; white-space: nowrap; }
button, .button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 2.85rem; padding: .5rem 1.25rem; border: 1.5px solid var(--green); border-radius: 99rem;
  background: var(--green); color: var(--on-green); font: 600 1rem/1.2 var(--sans); text-decoration: none; cursor: pointer; transition: background-color .15s, color .15s, transform .15s;
}
button:hover, .button:hover { background: color-mix(in srgb, var(--green) 86%, var(--accent)); }
button:active, .button:active { transform: translateY(1px); }
button.quiet, .button.quiet { background: transparent; color: var(--green); }
button.quiet:hover, .button.quiet:hover { background: color-mix(in srgb, var(--green) 10%, transparent); }
button.plain { min-height: 2rem; padding: .2rem .4rem; border: 0; background: transparent; color: var(--muted); font-weight: 400; text-decoration: underline; text-underline-offset: .18em; }
button.plain:hover { color: var(--bad); }
input, textarea { min-height: 2.85rem; padding: .5rem .8rem; border: 1.5px solid color-mix(in srgb, var(--ink) 45%, var(--paper)); border-radius: var(--round); background: var(--sheet); color: var(--ink); font: 1rem/1.3 var(--sans); }
input[type=number] { width: 5.2rem; text-align: center; font-variant-numeric: tabular-nums; }
input[type=checkbox] { min-height: 0; width: 1.3rem; height: 1.3rem; margin: .15rem 0 0; accent-color: var(--green); flex: none; }
::placeholder { color: var(--muted); opacity: 1; }

.top { background: var(--sheet); border-bottom: 1px solid var(--line); }
.bar { display: grid; grid-template: "mark places" auto "search search" auto / 1fr auto; gap: .75rem clamp(.6rem, 3vw, 1.25rem); align-items: center; padding-block: .9rem; }
.mark { grid-area: mark; display: inline-flex; align-items: center; gap: .5rem; font: 600 clamp(1.3rem, 5.5vw, 1.55rem)/1 var(--serif); color: var(--ink); text-decoration: none; justify-self: start; }
.mark svg { width: 1.9rem; fill: none; stroke: var(--green); stroke-width: 2.6; stroke-linecap: round; }
.mark circle { fill: var(--accent); stroke: none; }
.places { grid-area: places; display: flex; gap: clamp(.7rem, 3vw, 1.1rem); }
.places a { color: var(--ink); text-decoration: none; padding-block: .5rem; border-bottom: 2px solid transparent; white-space: nowrap; }
.places a:hover, .places a[aria-current] { border-color: var(--accent); }
.pill { display: inline-block; min-width: 1.5em; padding: 0 .45em; border-radius: 99rem; background: var(--accent); color: var(--sheet); font-size: .85em; font-weight: 700; text-align: center; }
.search { grid-area: search; display: flex; gap: .5rem; }
.search input { flex: 1; min-width: 0; border-radius: 99rem; padding-inline: 1.1rem; }
.banner { margin: 0; padding: .7rem 1rem; background: var(--tone-2); text-align: center; }
.banner.closed { background: var(--tone-0); }
.foot { border-top: 1px solid var(--line); padding-block: 1.5rem; color: var(--muted); font-size: .95rem; }
.foot p { margin: 0; max-width: 60ch; }
@media (min-width: 48rem) {
  .bar { grid-template: "mark search places" auto / auto minmax(0, 30rem) auto; justify-content: space-between; }
}
`

const still = `
@media (prefers-reduced-motion: no-preference) {
  .track[data-state=moving] .dot { animation: breathe 1.6s ease-in-out infinite; }
  @keyframes breathe { 50% { opacity: .45; } }
}
@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { transition: none !important; animation: none !important; scroll-behavior: auto !important; }
}
@media (forced-colors: active) {
  .art { stroke: CanvasText; }
  .pill, .chip[aria-current] { border: 1px solid; }
}
@media print {
  .top, .foot, form, .filters { display: none; }
}
`

export const style = `${ground}${parts}${still}`

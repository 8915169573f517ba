// The look of what pages are made of: cards, filters, the product, rows of a basket or an order, tracks, panels.

export const parts = `
.heading { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: .5rem 1.5rem; margin-bottom: 1.5rem; }
.heading p { margin: 0; }
.hero { display: grid; align-items: end; min-height: clamp(9rem, 24vw, 15rem); margin-bottom: 1.5rem; padding: clamp(1.25rem, 4vw, 2.75rem); border-radius: calc(var(--round) * 2);
  background: radial-gradient(circle at 88% -10%, var(--tone-0) 0 26%, transparent 26.4%), radial-gradient(circle at 74% 118%, var(--tone-3) 0 30%, transparent 30.4%), var(--tone-1); }
.hero p { margin: .6rem 0 0; font-size: 1.15rem; max-width: 36ch; }
.hero h1 { font-size: clamp(2.1rem, 1.4rem + 3.6vw, 3.6rem); max-width: 14ch; }

.filters { display: flex; flex-wrap: wrap; gap: .9rem 2rem; justify-content: space-between; align-items: center; margin-bottom: 1.5rem; }
.chips { display: flex; flex-wrap: wrap; gap: .5rem; }
.chip { display: block; padding: .45rem .95rem; border: 1.5px solid var(--line); border-radius: 99rem; background: var(--sheet); color: var(--ink); text-decoration: none; font-size: .98rem; }
.chip:hover { border-color: var(--green); }
.chip[aria-current] { background: var(--green); border-color: var(--green); color: var(--on-green); }
.sortings { display: flex; gap: 1.1rem; font-size: .98rem; }
.sortings a { color: var(--muted); display: block; padding-block: .3rem; }
.sortings a[aria-current] { color: var(--ink); text-decoration: none; font-weight: 600; }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(10.5rem, 44%), 1fr)); gap: clamp(.9rem, 2.4vw, 1.6rem); }
.card a { display: grid; grid-template-rows: auto 1fr auto; gap: .55rem; height: 100%; padding: .7rem .7rem .9rem; border-radius: calc(var(--round) * 1.5); background: var(--sheet); box-shadow: var(--shade); color: inherit; text-decoration: none; transition: transform .18s; }
.card a:hover { transform: translateY(-3px); }
.card .name { font-family: var(--serif); font-size: 1.08rem; line-height: 1.25; overflow-wrap: anywhere; }
.card a:hover .name { text-decoration: underline; text-underline-offset: .18em; }
.card .facts { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 .6rem; }
.card .price { font-weight: 700; }
.tile { display: block; border-radius: var(--round); overflow: hidden; }
.tile.small { width: 4.2rem; }
.art { display: block; width: 100%; aspect-ratio: 1; padding: 7%; fill: color-mix(in srgb, var(--sheet) 70%, transparent); stroke: var(--ink); stroke-width: 2px; stroke-linecap: round; stroke-linejoin: round; }
.art * { vector-effect: non-scaling-stroke; }
.tile.big .art { stroke-width: 3px; }
.tile.small .art { stroke-width: 1.5px; padding: 0; }
.art .b { fill: none; stroke: var(--accent); }
.art .d { fill: var(--ink); stroke: none; }
.tone-0 { background: var(--tone-0); } .tone-1 { background: var(--tone-1); } .tone-2 { background: var(--tone-2); }
.tone-3 { background: var(--tone-3); } .tone-4 { background: var(--tone-4); } .tone-5 { background: var(--tone-5); }
.stock { font-size: .93rem; color: var(--muted); }
.stock[data-state=many] { color: var(--good); }
.stock[data-state=few] { color: var(--warn); }
.stock[data-state=none] { color: var(--bad); }
.pager { display: flex; flex-wrap: wrap; gap: .75rem; justify-content: center; margin-top: 2rem; }
.empty { padding: clamp(2rem, 8vw, 4rem) 1rem; text-align: center; border: 1.5px dashed var(--line); border-radius: calc(var(--round) * 2); }
.empty p:first-child { font: 1.3rem/1.3 var(--serif); }
.empty p:last-child { margin: 0; }

.trail { margin-bottom: 1.2rem; color: var(--muted); font-size: .98rem; }
.product { display: grid; gap: 1.5rem clamp(1.5rem, 5vw, 4rem); align-items: start; }
.matter { display: grid; gap: .8rem; justify-items: start; }
.matter p { margin: 0; }
.price.big { font: 500 1.8rem/1.1 var(--serif); }
.matter .stock { font-size: 1.05rem; }
.buy { display: flex; flex-wrap: wrap; gap: .7rem; align-items: center; margin-top: .6rem; }
dl.facts { width: 100%; margin-top: 1rem; border-top: 1px solid var(--line); }
dl.facts div { display: flex; justify-content: space-between; gap: 1rem; padding-block: .6rem; border-bottom: 1px solid var(--line); }
dt { color: var(--muted); } dd { margin: 0; text-align: right; }
.tile.big { max-width: 30rem; border-radius: calc(var(--round) * 2); }
@media (min-width: 48rem) { .product { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }

.rows { border-top: 1px solid var(--line); }
.row { display: grid; grid-template-columns: auto 1fr auto; gap: .5rem 1rem; align-items: center; padding-block: 1rem; border-bottom: 1px solid var(--line); }
.row .tile { grid-row: span 3; align-self: start; width: 3.4rem; }
.row > .price { grid-column: 3; grid-row: 1; font-weight: 700; align-self: start; }
.row .moves { grid-row: 2; }
.row form.pieces { grid-column: 2 / -1; grid-row: 2; display: flex; gap: .5rem; }
.row form:not(.pieces) { grid-column: 2 / -1; grid-row: 3; margin-left: -.4rem; }
.row .moves { grid-column: 2 / -1; }
.what { display: grid; gap: .1rem; min-width: 0; }
.what a { font: 1.1rem/1.25 var(--serif); color: var(--ink); overflow-wrap: anywhere; }
.sum { display: grid; gap: 1rem; justify-items: end; margin-top: 1.25rem; text-align: right; }
.sum p { margin: 0; display: grid; gap: .15rem; color: var(--muted); }
.sum strong { font: 500 1.6rem/1.2 var(--serif); color: var(--ink); }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; justify-content: flex-end; }
@media (min-width: 48rem) {
  .row { grid-template-columns: auto 1fr auto auto 7rem; }
  .row .tile { grid-row: 1; width: 4.2rem; }
  .row form.pieces { grid-column: 3; grid-row: 1; }
  .row form:not(.pieces) { grid-column: 4; grid-row: 1; margin-left: 0; }
  .row .moves { grid-column: 3 / 5; grid-row: 1; width: 21rem; }
  .row > .price { grid-column: 5; text-align: right; align-self: center; }
}

.split { display: grid; gap: 2rem clamp(1.5rem, 5vw, 4rem); align-items: start; }
@media (min-width: 54rem) { .split { grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr); } }
.split h2 { margin-bottom: .8rem; }
.lines { border-top: 1px solid var(--line); margin-bottom: 1rem; }
.lines li { display: flex; justify-content: space-between; gap: 1.5rem; padding-block: .6rem; border-bottom: 1px solid var(--line); }
.lines .total { border: 0; font-size: 1.15rem; }
.panel { padding: clamp(1.1rem, 3vw, 1.75rem); border-radius: calc(var(--round) * 2); background: var(--sheet); box-shadow: var(--shade); border: 1px solid var(--line); }
.stack { display: grid; gap: 1rem; justify-items: start; }
.stack label:not(.check) { display: grid; gap: .3rem; }
.stack input:not([type=checkbox]) { width: min(32rem, 100%); }
.stack label:not(.check) { width: 100%; }
.search.find { max-width: 32rem; margin-bottom: .75rem; }
.check { display: flex; gap: .75rem; }
.check small { display: block; color: var(--muted); font-size: .93rem; }
.warn { color: var(--warn); }
.panel button { width: 100%; }

.orders { border-top: 1px solid var(--line); }
.orders a { display: grid; grid-template-columns: 1fr auto; gap: .2rem 1.5rem; padding: 1rem .25rem; border-bottom: 1px solid var(--line); color: var(--ink); text-decoration: none; }
.orders a:hover { background: color-mix(in srgb, var(--tone-5) 35%, transparent); }
.orders .price { font-weight: 700; }
.number { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; font-size: .95rem; letter-spacing: .02em; }
.orders .number { text-decoration: underline; text-underline-offset: .2em; }
@media (min-width: 48rem) { .orders a { grid-template-columns: 1fr 1.4fr 1fr auto; } }
main .summary { margin-bottom: 1.25rem; font: 500 1.25rem/1.35 var(--serif); padding: .9rem 1.2rem; border-radius: var(--round); background: var(--tone-3); }
main .summary[data-state=done] { background: var(--tone-1); }
main .summary[data-state=failed] { background: var(--tone-0); }
.track { display: flex; align-items: center; max-width: 16rem; margin-bottom: .45rem; }
.track li { flex: 1; display: flex; align-items: center; }
.track li:first-child { flex: none; }
.track li:not(:first-child)::before { content: ""; flex: 1; height: 3px; background: color-mix(in srgb, var(--muted) 45%, var(--paper)); }
.dot { width: .95rem; height: .95rem; border-radius: 50%; border: 3px solid color-mix(in srgb, var(--muted) 60%, var(--paper)); background: var(--paper); }
.track[data-reached="1"] li:nth-child(-n + 1) .dot, .track[data-reached="2"] li:nth-child(-n + 2) .dot, .track[data-reached="3"] .dot { border-color: var(--green); background: var(--green); }
.track[data-reached="2"] li:nth-child(2)::before, .track[data-reached="3"] li::before { background: var(--green); }
.track[data-state=failed] { display: none; }
.state { margin: 0; font-size: .98rem; }
.state[data-state=done] { color: var(--good); }
.state[data-state=failed] { color: var(--bad); }
[data-while] { display: none; }
[data-phase=waiting] [data-while~=waiting], [data-phase=moving] [data-while~=moving] { display: block; }

.failure { padding-block: clamp(1rem, 6vw, 4rem); max-width: 36rem; }
.failure .code { font: 500 clamp(3.5rem, 12vw, 6rem)/1 var(--serif); color: var(--accent); margin: 0 0 .5rem; }
.failure h1 { margin-bottom: .8rem; }
.failure .actions { justify-content: flex-start; margin-top: 1.5rem; }

.admin { display: grid; gap: 2.5rem; }
.admin .panel button { width: auto; }
.admin table { width: 100%; border-collapse: collapse; font-size: .98rem; }
.admin th { text-align: left; font-weight: 600; color: var(--muted); }
.admin th, .admin td { padding: .5rem .9rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
.admin td form { display: flex; gap: .5rem; }
.admin .scroll { overflow-x: auto; }
.admin .figure { text-align: right; font-variant-numeric: tabular-nums; }
.admin section > h2 { margin-bottom: .8rem; }
`

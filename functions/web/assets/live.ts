// The script of the pages: where something moves, it asks how it stands and writes that into the page. Without it all pages work.
//
// A part of a page with `data-live="/path"` is asked for by that path: JSON `{ texts, states, reached?, phase?, done }`. Texts go to the
// elements of `data-text`, states to those of `data-state-of`, and the style sheet does the rest. The browser's cache answers with what it has where the server
// says 304. It asks less and less often while nothing changes, and not at all while nobody looks.

export const live = `'use strict'
for (const part of document.querySelectorAll('[data-live]')) {
  const shortest = 400
  const longest = 20000
  let wait = shortest
  let before = ''
  let timer

  const show = ({ texts = {}, states = {}, reached = {}, phase, done }) => {
    for (const [name, text] of Object.entries(texts))
      for (const one of part.querySelectorAll('[data-text="' + name + '"]'))
        if (one.textContent !== text) one.textContent = text
    for (const [name, state] of Object.entries(states))
      for (const one of part.querySelectorAll('[data-state-of="' + name + '"]')) one.dataset.state = state
    for (const [name, steps] of Object.entries(reached))
      for (const one of part.querySelectorAll('.track[data-state-of="' + name + '"]')) one.dataset.reached = steps
    if (phase) part.dataset.phase = phase
    part.dataset.done = done
  }
  const ask = async () => {
    try {
      const response = await fetch(part.dataset.live, { headers: { accept: 'application/json' }, cache: 'no-cache' })
      if (response.status === 404 || response.status === 410) return
      if (response.ok) {
        const text = await response.text()
        wait = text === before ? Math.min(longest, wait * 1.6) : shortest
        before = text
        const news = JSON.parse(text)
        show(news)
        if (news.done) return
      } else wait = Math.max(Number(response.headers.get('retry-after')) * 1000, Math.min(longest, wait * 2))
    } catch {
      wait = Math.min(longest, wait * 2)
    }
    again()
  }
  const again = () => {
    clearTimeout(timer)
    if (document.visibilityState === 'visible' && part.dataset.done !== 'true') timer = setTimeout(ask, wait)
  }
  document.addEventListener('visibilitychange', () => {
    wait = shortest
    again()
  })
  again()
}
`

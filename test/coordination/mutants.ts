// Planted bugs of coordination, each with the trial that must find it.
import type { TrialName } from './trials.ts'

export interface Planted {
  /** What the code now does, in a few words; unique. */
  readonly name: string
  /** In lib/coordination. */
  readonly file: string
  /** Text that stands there exactly once. */
  readonly find: string
  readonly replace: string
  readonly trial: TrialName
  /** Whether it takes messages that fail for good. */
  readonly poison?: true
}

export const planted: readonly Planted[] = [
  {
    name: 'a token is given twice',
    file: 'permits.ts',
    find: 'state.token === 0 ? ctx.now.getTime() : state.token + 1',
    replace: 'state.token === 0 ? ctx.now.getTime() : state.token',
    trial: 'lease',
  },
  {
    name: 'tokens begin at one in each life',
    file: 'permits.ts',
    find: 'state.token === 0 ? ctx.now.getTime() : state.token + 1',
    replace: 'state.token + 1',
    trial: 'lease',
  },
  {
    name: 'tokens are the time of the request',
    file: 'permits.ts',
    find: 'state.token === 0 ? ctx.now.getTime() : state.token + 1',
    replace: 'ctx.now.getTime()',
    trial: 'lease',
  },
  {
    name: 'a lease is granted while it is held',
    file: 'permits.ts',
    find: 'if (state.held.length >= permits) return',
    replace: 'if (state.held.length > permits) return',
    trial: 'lease',
  },
  {
    name: 'a semaphore gives one permit too many',
    file: 'permits.ts',
    find: 'if (state.held.length >= permits) return',
    replace: 'if (state.held.length > permits) return',
    trial: 'semaphore',
  },
  {
    name: 'the last in the line is served first',
    file: 'permits.ts',
    find: 'state.line.shift()',
    replace: 'state.line.pop()',
    trial: 'lease',
  },
  {
    name: 'who asks again goes to the end of the line',
    file: 'permits.ts',
    find: 'const place = standing === -1 ? state.line.length : standing',
    replace: 'if (standing !== -1) state.line.splice(standing, 1)\n    const place = state.line.length',
    trial: 'lease',
  },
  {
    name: 'the line is not served when a hold expires',
    file: 'permits.ts',
    find: "reason: 'expired' })\n      serveLine()",
    replace: "reason: 'expired' })",
    trial: 'semaphore',
  },
  {
    name: 'the line is not served when a hold is given back',
    file: 'permits.ts',
    find: 'ctx.cancel(holdTimer(token))\n      serveLine()',
    replace: 'ctx.cancel(holdTimer(token))',
    trial: 'lease',
  },
  {
    name: 'expiry is ignored',
    file: 'permits.ts',
    find: 'taken(state.held, (one) => one.token === token)',
    replace: 'state.held.find((one) => one.token === token)',
    trial: 'lease',
  },
  {
    name: 'a permit is not given back on expiry',
    file: 'permits.ts',
    find: 'taken(state.held, (one) => one.token === token)',
    replace: 'state.held.find((one) => one.token === token)',
    trial: 'semaphore',
  },
  {
    name: 'no timer is set for what is granted',
    file: 'permits.ts',
    find: 'state.held.push(granted)\n    expireAfter(ttl, granted.token)',
    replace: 'state.held.push(granted)',
    trial: 'lease',
  },
  {
    name: 'an expiry frees whoever holds',
    file: 'permits.ts',
    find: 'taken(state.held, (one) => one.token === token)',
    replace: 'taken(state.held, (one) => one.token !== token)',
    trial: 'semaphore',
  },
  {
    name: 'an expiry whose message fails for good never comes again',
    file: 'permits.ts',
    find: 'ctx.every(ttl, {',
    replace: 'ctx.after(ttl, {',
    trial: 'lease',
    poison: true,
  },
  {
    name: 'a telling whose message fails for good is the last',
    file: 'ballot.ts',
    find: 'ctx.every(Math.min(',
    replace: 'ctx.after(Math.min(',
    trial: 'ballot',
    poison: true,
  },
  {
    name: 'all holds share one timer',
    file: 'permits.ts',
    find: '{ name: holdTimer(token) }).Expire',
    replace: "{ name: 'hold' }).Expire",
    trial: 'semaphore',
  },
  {
    name: 'who lost what it held is not told',
    file: 'permits.ts',
    find: 'teller.to(lost.notify)?.Lost',
    replace: 'teller.to(undefined)?.Lost',
    trial: 'lease',
  },
  {
    name: 'a stale renewal is accepted',
    file: 'permits.ts',
    find: 'if (!state.held.some(heldUnder(holder, token)))',
    replace: 'if (token > state.token)',
    trial: 'lease',
  },
  {
    name: 'a release needs no token of its own',
    file: 'permits.ts',
    find: 'one.holder === holder && one.token === token',
    replace: 'one.holder === holder || one.token > 0',
    trial: 'semaphore',
  },
  {
    name: 'whoever gives up stays in the line',
    file: 'permits.ts',
    find: 'taken(state.line, (one) => one.ticket === ticket)',
    replace: 'state.line.find((one) => one.ticket === ticket)',
    trial: 'lease',
  },
  {
    name: 'who resigns goes on leading',
    file: 'election.ts',
    find: '...(leading && { token: leading.token })',
    replace: '',
    trial: 'election',
  },
  {
    name: 'a leader that stands again begins another term',
    file: 'permits.ts',
    find: 'expireAfter(ask.ttl, own.token)',
    replace: 'own.token = state.token += 1\n        expireAfter(ask.ttl, own.token)',
    trial: 'election',
  },
  {
    name: 'a register is set whatever its version',
    file: 'register.ts',
    find: 'if (version !== state.version)',
    replace: 'if (version > state.version)',
    trial: 'register',
  },
  {
    name: 'a register keeps its version',
    file: 'register.ts',
    find: 'state.version += 1',
    replace: 'state.version += 0',
    trial: 'register',
  },
  {
    name: 'a register forgets what was set',
    file: 'register.ts',
    find: 'state.value = value',
    replace: 'void value',
    trial: 'register',
  },
  {
    name: 'a ballot is decided twice',
    file: 'ballot.ts',
    find: "if (ctx.state.decision !== 'open' || one.vote !== 'none') return",
    replace: "if (one.vote !== 'none') return",
    trial: 'ballot',
  },
  {
    name: 'a ballot that is decided comes to its deadline',
    file: 'ballot.ts',
    find: "ctx.cancel('Close')",
    replace: '',
    trial: 'ballot',
  },
  {
    name: 'a ballot is proposed anew',
    file: 'ballot.ts',
    find: "if (state.decision !== 'none') {",
    replace: "if (state.decision === 'open') {",
    trial: 'ballot',
  },
  {
    name: 'the last vote of a participant counts',
    file: 'ballot.ts',
    find: "if (ctx.state.decision !== 'open' || one.vote !== 'none') return",
    replace: "if (ctx.state.decision !== 'open') return",
    trial: 'ballot',
  },
  {
    name: 'half is a majority',
    file: 'ballot.ts',
    find: 'Math.floor(of / 2) + 1',
    replace: 'Math.ceil(of / 2)',
    trial: 'ballot',
  },
  {
    name: 'all are most',
    file: 'ballot.ts',
    find: "state.rule === 'all' ? of :",
    replace: "state.rule === 'all' && of > 4 ? of :",
    trial: 'ballot',
  },
  {
    name: 'a ballot has no end in time',
    file: 'ballot.ts',
    find: 'ctx.every(within).Close()',
    replace: 'void within',
    trial: 'ballot',
  },
  {
    name: 'a decision is told once',
    file: 'ballot.ts',
    find: 'ctx.every(Math.min(tellAgainMs * 2 ** ctx.state.tellings, tellAgainMsMax)).TellAgain()',
    replace: '',
    trial: 'ballot',
  },
  {
    name: 'whoever comes to a barrier twice counts twice',
    file: 'barrier.ts',
    find: 'one.party === party)) return statusOf(state)',
    replace: 'one.party === party && party.length > 9)) return statusOf(state)',
    trial: 'barrier',
  },
  {
    name: 'a barrier opens to the last alone',
    file: 'barrier.ts',
    find: 'one.party !== party)',
    replace: 'one.party === party)',
    trial: 'barrier',
  },
  {
    name: 'a barrier opens one too early',
    file: 'barrier.ts',
    find: 'if (state.arrived.length === parties)',
    replace: 'if (state.arrived.length + 1 === parties)',
    trial: 'barrier',
  },
]

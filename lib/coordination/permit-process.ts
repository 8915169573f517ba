// What lease, semaphore and election processes have in common: their definition, and how their handlers reach the rules.
import type { CallSchemas, Contract } from '../core/contract.ts'
import { type Deploy, defineProcess } from '../core/definition.ts'
import type { Schema } from '../core/schema.ts'
import { deployOf, type Taker, tellerOf } from './notices.ts'
import { type HolderNotices, type PermitContext, type Permits, permitState, permitsOf, permitTimers } from './permits.ts'

/** A process of permits, and its rules at a message. @param permitsIn how many an instance has */
export const permitProcess = <K extends CallSchemas, V extends Schema>(
  contract: Contract<string, {}, K, V>,
  holders: readonly Taker<HolderNotices>[],
  { deploy, permitsIn = () => 1 }: { readonly deploy?: Deploy | undefined; readonly permitsIn?: (id: string) => number },
) => {
  const rules = (ctx: PermitContext): Permits => permitsOf(ctx, permitsIn(ctx.self.id), tellerOf<HolderNotices>(holders, ctx))
  return {
    rules,
    definition: defineProcess<typeof contract, typeof permitState, readonly Taker<HolderNotices>[], typeof permitTimers>(
      contract,
      {
        state: permitState,
        uses: holders,
        internal: permitTimers,
        deploy: deployOf(deploy),
      },
    ),
    on: {
      Expire: (ctx: PermitContext, { token }: { readonly token: number }): void => rules(ctx).expire(token),
      GiveUp: (ctx: PermitContext, { ticket }: { readonly ticket: number }): void => rules(ctx).giveUp(ticket),
      Forget: (ctx: PermitContext): void => rules(ctx).forget(),
    },
  }
}

/** How permits are asked for and given back. */
export const permitAnswers = (rules: (ctx: PermitContext) => Permits) => ({
  Acquire: (ctx: PermitContext, ask: Parameters<Permits['acquire']>[0]) => rules(ctx).acquire(ask),
  Renew: (ctx: PermitContext, ask: Parameters<Permits['renew']>[0]) => rules(ctx).renew(ask),
  Release: (ctx: PermitContext, ask: Parameters<Permits['release']>[0]) => rules(ctx).release(ask),
})

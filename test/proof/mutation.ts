// Loads a part of the code a second time, beside the real one, with a planted bug in it: one place in the text of a module is changed.
import { registerHooks } from 'node:module'

export interface Mutation {
  /** What the code now does, in a few words; unique. */
  readonly name: string
  /** Below the folder that is loaded a second time. */
  readonly file: string
  /** Text that stands there exactly once. */
  readonly find: string
  readonly replace: string
}

/** @throws Error if the text does not hold `find` exactly once: then the mutant no longer is what its name says */
export const mutated = (text: string, { name, file, find, replace }: Mutation): string => {
  const places = text.split(find).length - 1
  if (places !== 1)
    throw new Error(
      `mutant "${name}" no longer fits the code: ${file} holds its text ${places} times. Plant it anew where the rule is kept`,
    )
  return text.replace(find, () => replace)
}

export interface Part {
  readonly folder: URL
  /** Whether a module, by its path below the folder, is loaded a second time; one that is not is shared with the code as it is. */
  readonly isCopied: (path: string) => boolean
  /** What is asked for. */
  readonly modules: readonly string[]
}

/**
 * Nothing else in the process is touched.
 * @returns the modules that were asked for
 * @throws Error if the mutant does not fit the code, or its file is not loaded with these modules
 */
export const loadMutated = async (mutation: Mutation, { folder, isCopied, modules }: Part): Promise<readonly unknown[]> => {
  const tag = `?mutant=${encodeURIComponent(mutation.name)}`
  const urlOf = (path: string): string => `${new URL(path, folder).href}${tag}`
  let planted = false
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      const { url } = resolved
      const copies = context.parentURL?.endsWith(tag) && url.startsWith(folder.href) && isCopied(url.slice(folder.href.length))
      return copies ? { ...resolved, url: `${url}${tag}` } : resolved
    },
    load: (url, context, next) => {
      const loaded = next(url, context)
      if (url !== urlOf(mutation.file)) return loaded
      planted = true
      return { ...loaded, source: mutated((loaded.source as Uint8Array).toString(), mutation) }
    },
  })
  try {
    const loaded: unknown[] = []
    for (const one of modules) loaded.push(await import(urlOf(one)))
    if (!planted) throw new Error(`mutant "${mutation.name}" is in ${mutation.file}, which ${modules.join(', ')} do not load`)
    return loaded
  } finally {
    hooks.deregister()
  }
}

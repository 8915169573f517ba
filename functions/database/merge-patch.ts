// JSON Merge Patch: what is null in the patch goes, objects are merged, all else takes the place of what was there.
import type { Document } from './collection.ts'

/** Source: RFC 7396, section 2. The document is not changed. */
export const mergePatch = (document: unknown, patch: Document): Document => {
  const merged = new Map(Object.entries(isObject(document) ? document : {}))
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, isObject(value) ? mergePatch(merged.get(name), value) : value)
  }
  return Object.fromEntries(merged)
}

const isObject = (value: unknown): value is Document => typeof value === 'object' && value !== null && !Array.isArray(value)

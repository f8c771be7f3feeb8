/** A WeakRef; or, in an engine without, what keeps what it refers to. */
export interface Reference<Value> {
  deref(): Value | undefined
}

export const hasWeakRefs = typeof WeakRef !== 'undefined'

/** Refers to a value without keeping it, where the engine can. */
export function referTo<Value extends object>(value: Value): Reference<Value> {
  return hasWeakRefs ? new WeakRef(value) : { deref: () => value }
}

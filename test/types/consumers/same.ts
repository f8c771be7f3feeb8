type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles when a value has exactly that type: `is<Expected>()(value)`. */
export const is =
  <Expected>() =>
  <Given>(value: Given, ..._same: Same<Given, Expected> extends true ? [] : [never]): Given =>
    value

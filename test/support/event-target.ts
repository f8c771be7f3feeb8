function hears(target: EventTarget): boolean {
  try {
    target.addEventListener('heard', () => {})
    return true
  } catch {
    return false
  }
}

/** True where a frozen EventTarget takes its first listener. In Node 24 and 26 it throws a TypeError. */
export const frozenTargetsHear = hears(Object.freeze(new EventTarget()))

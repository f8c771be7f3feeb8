interface Store<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): unknown
  delete(key: Key): unknown
}

/** Gives the value of a key, which is made the first time. */
export function once<Key, Value>(store: Store<Key, Value>, key: Key, make: () => Value): Value {
  let value = store.get(key)
  if (value === undefined) {
    value = make()
    store.set(key, value)
  }
  return value
}

/** Makes a function that makes the value of each object once, and keeps it as long as the object. */
export function oncePer<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, Value>()
  return key => once(made, key, () => make(key))
}

/** Gives the promise of a key, which is made the first time, and again after one that was rejected. */
export function onceUnlessFailed<Key, Value>(
  store: Store<Key, Promise<Value>>,
  key: Key,
  make: () => Promise<Value>,
): Promise<Value> {
  return once(store, key, () => {
    const promise = make()
    promise.catch(() => store.delete(key))
    return promise
  })
}

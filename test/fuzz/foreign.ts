import { runInNewContext } from 'node:vm'
import type { Foreign } from './properties.ts'
import type { Words } from './arrays.ts'

/** Arrays of another realm, whose constructors are not this one's. */
export function foreignArrays(): Foreign {
  const make = runInNewContext(`(name, values) => globalThis[name].from(values)`) as (
    name: string,
    values: ArrayLike<number>,
  ) => Words
  const views = runInNewContext(`(name, buffer, length) => new globalThis[name](buffer, 0, length)`) as (
    name: string,
    buffer: ArrayBuffer,
    length: number,
  ) => Words
  return {
    // By numbers NaN may lose its payload, by their memory it does not.
    'of another realm': words => views(words.constructor.name, words.slice().buffer, words.length),
    'of another realm, its memory too': words => {
      const array = make(words.constructor.name, new Uint8Array(words.length))
      new Uint8Array(array.buffer).set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
      return array
    },
  }
}

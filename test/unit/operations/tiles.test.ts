import { describe, expect, test } from 'vitest'
import { prelu } from '../../../src/index.ts'
import { rangesOf, tilesOf } from '../../../src/operations/tiles.ts'
import { slopesFor } from '../../support/prelu.ts'

describe('the parts of a sum', () => {
  const cases = [
    [100, 3, 7, 1000],
    [1000, 3, 7, 40],
    [1000, 3, 7, 20],
    [1000, 30, 7, 20],
    [1000, 3, 70, 20],
    [1000, 1, 7, 64],
    [1000, 50, 1, 20],
    [5000, 2, 2 ** 31 - 1, 999],
    [70_000, 4, 300, 30_000],
    [70_000, 300, 4, 16_385],
  ] as const
  test.each(cases)(
    '%i elements, %i channels of %i, %i at a time: each element once',
    (length, channels, inner, most) => {
      const seen = new Int32Array(length).fill(-1)
      let [tooLong, twice] = [0, 0]
      const { channels: slopes } = prelu({ alpha: slopesFor(channels), inner })
      for (const tile of tilesOf(length, slopes!, most, 256)) {
        if (tile.end - tile.start > most) tooLong++
        for (let index = 0; ; index++) {
          const ranges = [...rangesOf(tile, index)]
          if (ranges.length === 0) break
          for (const [from, to] of ranges) {
            for (let i = from; i < to; i++) {
              if (seen[i] !== -1) twice++
              seen[i] = tile.firstChannel + (index % tile.channels)
            }
          }
        }
      }
      expect({ tooLong, twice }).toEqual({ tooLong: 0, twice: 0 })
      expect(seen).toEqual(Int32Array.from(seen, (_, i) => Math.floor(i / inner) % channels))
    },
  )
})

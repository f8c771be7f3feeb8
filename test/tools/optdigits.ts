import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { deflateSync, gunzipSync } from 'node:zlib'

// Writes demo/lab/optdigits.bin: tsx test/tools/optdigits.ts optdigits.csv.gz
// The file is scikit-learn's digits.csv.gz, from UCI's optdigits.tes: 64 pixels and the label in each row.

const [, , path] = process.argv
if (path === undefined) throw new Error('The path of digits.csv.gz is needed.')
const rows = gunzipSync(readFileSync(path))
  .toString()
  .trim()
  .split('\n')
  .map(line => line.split(',').map(Number))
const labels = rows.map(row => row.at(-1)!)
const pixels = rows.flatMap(row => row.slice(0, -1))
const target = fileURLToPath(new URL('../../demo/lab/optdigits.bin', import.meta.url))
writeFileSync(target, deflateSync(Uint8Array.from([...labels, ...pixels]), { level: 9 }))

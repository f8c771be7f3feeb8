import { openDawn } from '../tools/dawn-device.ts'
import { measure, type Row } from './measure.ts'
import { readOptions, USAGE } from './options.ts'
import { summarize } from './summary.ts'

// `npm run bench -- gpu --processor gpu` for a machine that has Node and the npm package `webgpu`, and nothing else of this
// repository: `vite build --mode bench` makes one file of it.

const words = process.argv.slice(2)
const options = readOptions(['--processor', 'gpu', ...words])
if (options.help) {
  process.stdout.write(USAGE)
} else {
  const { device, description } = await openDawn(options.question.processor)
  const rows: Row[] = []
  await measure(device, options.question, row => rows.push(row))
  await summarize(words, options, description, rows)
}
// Dawn keeps the process alive otherwise.
process.exit()

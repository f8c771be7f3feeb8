import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { bareSources, kernels } from '../../vite.config.ts'

// Part of `npm run check`: what it finds are errors of types.
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  plugins: [bareSources, kernels],
  test: { include: ['test/types/*.test.ts'], reporters: ['minimal'] },
})

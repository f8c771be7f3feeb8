import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// One recipe at a time: RECIPE is its name.
export default defineConfig({
  build: {
    rollupOptions: { input: fileURLToPath(new URL(`${process.env.RECIPE}.html`, import.meta.url)) },
    target: 'esnext',
  },
})

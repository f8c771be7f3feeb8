import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import packageJson from './package.json' with { type: 'json' }

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// The demo page shows it.
const define = { __LIBRARY_VERSION__: JSON.stringify(packageJson.version) }

const library: ViteUserConfig = {
  publicDir: false,
  build: {
    target: 'es2022',
    lib: { entry: fromHere('src/index.ts'), formats: ['es'], fileName: () => 'index.js' },
    sourcemap: true,
    minify: false,
  },
}

const demo: ViteUserConfig = {
  root: fromHere('demo'),
  // Works from any folder of any site.
  base: './',
  define,
  build: { target: 'es2022', outDir: fromHere('dist-demo'), emptyOutDir: true },
  server: { fs: { allow: [fromHere('.')] } },
}

// `vitest`: test; `vite build`: the library; `vite`, `vite preview` and `vite build --mode demo`: the demo page.
export default defineConfig(async ({ command, mode }) => {
  if (mode === 'test') {
    // Only here, because they start Chromium and Dawn to see which lanes this machine has.
    const { testProjects } = await import('./test/lanes/projects.ts')
    const { LaneReporter } = await import('./test/lanes/reporter.ts')
    return { test: { projects: await testProjects(define), reporters: ['default', new LaneReporter()] } }
  }
  return command === 'build' && mode !== 'demo' ? library : demo
})

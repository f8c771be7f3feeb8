import { playwright } from '@vitest/browser-playwright'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import { chromiumArguments } from '../chromium.ts'
import { driverEnvironment } from './drivers.ts'
import { firefoxProvider } from './firefox.ts'
import { findLanes, laneLine, type Lane } from './lanes.ts'
import { processPool } from './process-pool.ts'
import { namesProject } from './project-filter.ts'

type ProjectOptions = NonNullable<TestProjectInlineConfiguration['test']>

const onEveryProcessor = ['test/processors/**/*.test.ts']
const onEveryGpu = [...onEveryProcessor, 'test/gpu/**/*.test.ts']
// A lane of its own for each driver, which uses several cores itself, but seldom: compiling is the most of it.
const fewAtATime = { isolate: false, maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000 }

// Node's lane on SwiftShader and Chromium's have one driver. A file that says little of the browser, and whose cases cannot be
// dealt out one by one (casesHere in test/support/lanes.ts), runs on one of the two: each of these took 2 to 10 s of either.
const withoutBrowser = [
  // TensorFlow.js is the same in Node; test/page has a page with it.
  'test/gpu/tensorflow/**',
  ...[
    'definitions',
    'diagnostics-statistics',
    'bound-slopes',
    'learned-slopes',
    'matmul-epilogue',
    'packed-pairs',
    'pairs',
    'pooled-buffers',
    'prelu',
    'prelu-training',
    'schedule',
    'self-test',
    'wgsl-lanes',
  ].map(inGpu),
  ...['diagnostics', 'packed-pairs', 'pairs', 'prelu-bits'].map(name => `test/processors/${name}.test.ts`),
]
const inBrowserOnly = [
  'crossover',
  'diagnostics-arrays',
  'diagnostics-norm',
  'dispatcher',
  'dispatcher-pairs',
  'fusion-rounded',
  'kernels',
  'lab-training',
  'many-calls',
  'onnxruntime',
  'onnxruntime-device',
  'recovery',
  'round-trips',
  'snippets',
  'training',
  'training-loop',
  'warm-calls',
].map(inGpu)

// These test the library's own calls, caches and events, of which a driver is no part. They run on SwiftShader, in
// Node or in Chromium, and not on lavapipe, where they took 26 of the lane's 165 s of CPU time.
const onSwiftShaderOnly = [
  'abort',
  'bindings',
  'crossover',
  'dispatcher',
  'dispatcher-arrays',
  'dispatcher-device',
  'dispatcher-out',
  'dispatcher-pairs',
  'foreign-buffers',
  'learned-slopes',
  'missing-globals',
  'onnxruntime',
  'onnxruntime-device',
  'pass-state',
  'pooled-buffers',
  'recovery',
  'schedule',
  'snippets',
  'training',
  'training-loop',
  'warm-calls',
].map(inGpu)

// On wgpu, which is not Dawn, what may differ with the implementation: what its compiler makes of the kernels, bindings, and losses.
const onWgpu = [
  ...onEveryProcessor,
  ...[
    'backward-alpha',
    'bound-slopes',
    'definitions',
    'dispatcher-masks',
    'formats',
    'many-calls',
    'pairs',
    'ranges',
    'recovery',
    'wgsl',
  ].map(inGpu),
]

// Firefox and Deno have one compiler. What Firefox makes of a program takes lavapipe up to ten times as long, and these, which
// compile many or long ones or read many buffers, took 40 of its lane's 110 s of CPU time.
const inDenoOnly = [
  ...['bits', 'diagnostics', 'packed-pairs', 'prelu-bits', 'properties', 'suites'].map(
    name => `test/processors/${name}.test.ts`,
  ),
  ...['pairs', 'wgsl'].map(inGpu),
]
// What AMD's compilers make of kernels: it needs them, and no GPU.
const COMPILED = 'test/isa/compiled.test.ts'

// On newer versions of Node what may differ with the JavaScript engine: what WebAssembly and Math give, bit for bit, workers,
// memory, arrays, and what the platform has or lacks.
const onNewerNode = [
  'test/hostile/*.test.ts',
  'test/package/snippets.test.ts',
  'test/processors/{bits,conformance,worker}.test.ts',
  'test/unit/cpu/{allocate,wasm-kernels-missing}.test.ts',
  'test/unit/dispatcher/!(masks).test.ts',
  'test/unit/support/!(formats).test.ts',
]

// TensorFlow.js as bundlers see it: its packages for Node have no gradients, and cannot import the module that has.
const tensorflow = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-core/dist/register_all_gradients',
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-layers',
]

function inGpu(name: string): string {
  return `test/gpu/${name}.test.ts`
}

const EXCLUDED = {
  'node-swiftshader': inBrowserOnly,
  'node-lavapipe': [...onSwiftShaderOnly, 'test/gpu/tensorflow/!(bits).test.ts'],
  'node-gpu': ['test/gpu/tensorflow/!(bits).test.ts'],
}

function dawnProject(lane: 'node-swiftshader' | 'node-lavapipe' | 'node-gpu', groupOrder: number, driver?: string) {
  return {
    ...fewAtATime,
    include: onEveryGpu,
    exclude: EXCLUDED[lane],
    // Forks, not threads: only a process's main thread hands its environment on to the Vulkan loader.
    pool: 'forks',
    env: driverEnvironment(driver),
    setupFiles: ['test/tools/lanes/dawn.setup.ts'],
    deps: { optimizer: { ssr: { enabled: true, include: tensorflow } } },
    provide: { lane },
    sequence: { groupOrder },
  } satisfies ProjectOptions
}

const withoutGpu = {
  include: ['test/**/*.test.ts'],
  // test/types is a part of `npm run check`.
  exclude: ['test/page/**', 'test/gpu/**', 'test/models/**', 'test/types/**', COMPILED],
  provide: { lane: 'cpu' },
  // Importing the library and its WebAssembly for each file took a third of the lane.
  isolate: false,
  setupFiles: ['test/tools/lanes/globals.setup.ts'],
  // Other lanes compute beside it.
  testTimeout: 20_000,
  maxWorkers: 3,
  sequence: { groupOrder: 1 },
} satisfies ProjectOptions

/** Of the tests without a GPU those whose result may differ with the version; all of them when the lane is named. */
function newerNodeProject(project: 'node-24' | 'node-26', program: string): ProjectOptions {
  return {
    ...withoutGpu,
    ...(namesProject(process.argv, project) ? {} : { include: onNewerNode }),
    // globals.setup.ts reads localStorage, of which Node 26 warns.
    pool: processPool(project, program, ['--disable-warning=ExperimentalWarning']),
    // After the pages, which wait for their browsers beside the other lanes without a GPU.
    sequence: { groupOrder: 5 },
  }
}

function modelsProject(driver: string | undefined): ProjectOptions {
  // A model is compiled in some seconds, and trained in a minute.
  const patient = { testTimeout: 300_000, hookTimeout: 300_000 }
  return { ...dawnProject('node-lavapipe', 5, driver), ...patient, include: ['test/models/*.test.ts'], exclude: [] }
}

function denoProject(program: string, driver: string | undefined): ProjectOptions {
  return {
    ...fewAtATime,
    include: onWgpu,
    pool: processPool('deno', program, ['run', '--allow-all', '--unstable-webgpu']),
    // Without a Vulkan driver it would take OpenGL, where Mesa has the same names.
    env: { ...driverEnvironment(driver), DENO_WEBGPU_BACKEND: 'vulkan' },
    setupFiles: ['test/tools/lanes/deno.setup.ts'],
    provide: { lane: 'deno' },
    sequence: { groupOrder: 4 },
  }
}

function browserProject(executablePath: string): ProjectOptions {
  return {
    ...inBrowser('browser', {
      provider: playwright({
        launchOptions: { executablePath, args: chromiumArguments({ adapter: 'swiftshader' }) },
      }),
      instances: [{ browser: 'chromium', name: 'browser' }],
    }),
    include: onEveryGpu,
    exclude: withoutBrowser,
    // With lavapipe's lane: each waits a fifth of its time.
    sequence: { groupOrder: 3 },
  }
}

function firefoxProject(executablePath: string, driver: string | undefined): ProjectOptions {
  return {
    ...inBrowser('firefox', {
      provider: firefoxProvider(executablePath, driverEnvironment(driver)),
      instances: [{ browser: 'firefox', name: 'firefox' }],
    }),
    include: onWgpu,
    exclude: inDenoOnly,
    sequence: { groupOrder: 4 },
  }
}

function inBrowser(lane: 'browser' | 'firefox', browser: ProjectOptions['browser']) {
  return {
    ...fewAtATime,
    // The project is the instance; Vitest wants another name for what it is an instance of.
    name: `${lane}s`,
    setupFiles: ['test/tools/lanes/browser.setup.ts'],
    provide: { lane },
    browser: { enabled: true, headless: true, screenshotFailures: false, ...browser },
  } satisfies ProjectOptions
}

function projectOptions(lane: Lane & { on: true }, hasFirefox: boolean): ProjectOptions {
  switch (lane.project) {
    case 'node':
      return withoutGpu
    case 'node-24':
    case 'node-26':
      return newerNodeProject(lane.project, lane.runsOn)
    case 'node-swiftshader':
      return dawnProject(lane.project, 2, lane.driver)
    case 'node-lavapipe':
      return dawnProject(lane.project, 3, lane.driver)
    case 'browser':
      return browserProject(lane.runsOn)
    case 'deno':
      return denoProject(lane.runsOn, lane.driver)
    case 'firefox':
      return firefoxProject(lane.runsOn, lane.driver)
    case 'page':
      return {
        include: ['test/page/**/*.test.ts'],
        // Where there is no Firefox, its lane says so.
        exclude: hasFirefox ? [] : ['test/page/firefox.test.ts'],
        globalSetup: ['test/tools/lanes/page.setup.ts'],
        provide: { lane: 'page' },
        isolate: false,
        // Each mostly waits for its browser; meanwhile the lane without a GPU computes.
        maxWorkers: 3,
        testTimeout: 120_000,
        hookTimeout: 120_000,
        sequence: { groupOrder: 1 },
      }
    case 'isa':
      return { include: [COMPILED], maxWorkers: 3, testTimeout: 120_000, sequence: { groupOrder: 1 } }
    case 'models':
      return modelsProject(lane.driver)
    case 'node-gpu':
      return dawnProject(lane.project, 5)
  }
}

/** One Vitest project for each lane that is on; says which are off. */
export async function testProjects(
  shared: Pick<TestProjectInlineConfiguration, 'define' | 'plugins'>,
): Promise<TestProjectInlineConfiguration[]> {
  const lanes = await findLanes()
  // `npm test` has told.
  if (!process.env['LANES_TOLD']) for (const lane of lanes) if (!lane.on) console.warn(laneLine(lane))
  const hasFirefox = lanes.some(({ project, on }) => project === 'firefox' && on)
  return lanes
    .filter(lane => lane.on)
    .map(lane => ({
      ...shared,
      test: { name: lane.project, ...projectOptions(lane, hasFirefox) },
      // Found while tests run, a dependency makes Vite reload the page under them.
      ...((lane.project === 'browser' || lane.project === 'firefox') && {
        optimizeDeps: { include: ['fast-check', 'onnxruntime-common'] },
      }),
    }))
}

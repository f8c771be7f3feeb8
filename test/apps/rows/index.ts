import type { App } from '../app.ts'
import { BUNDLED } from './bundled.ts'
import { RECIPES } from './recipes.ts'
import { RUNTIMES } from './runtimes.ts'
import { UNBUNDLED } from './unbundled.ts'

/** The apps, in the order of the table. Each has a folder in test/apps; a recipe, a page in test/apps/recipes. */
export const APPS: readonly App[] = [...BUNDLED, ...UNBUNDLED, ...RUNTIMES, ...RECIPES]

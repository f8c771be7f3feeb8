import type { App } from '../app.ts'
import { BUNDLED } from './bundled.ts'
import { PACKAGE } from './package.ts'
import { RECIPES } from './recipes.ts'
import { RUNTIMES } from './runtimes.ts'
import { TYPED } from './typed.ts'
import { UNBUNDLED } from './unbundled.ts'

/**
 * The apps, in the order of the table. Those with code of their own have a folder in test/apps; recipes, a page in
 * test/apps/recipes.
 */
export const APPS: readonly App[] = [PACKAGE, ...BUNDLED, ...UNBUNDLED, ...RUNTIMES, ...TYPED, ...RECIPES]

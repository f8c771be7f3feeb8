import type { OwnSource } from '../../activations/support/activation.ts'
import { DefinitionError } from '../../support/errors.ts'
import { once, oncePer } from '../../support/once.ts'
import { inErrorScopes } from '../device/error-scopes.ts'

const answers = /* @__PURE__ */ oncePer<GPUDevice, Map<OwnSource, Promise<DefinitionError | undefined>>>(
  () => new Map(),
)

/**
 * Compiles the WGSL of a user's definition alone, as it was given, once for each device.
 *
 * @returns (by promise) the first error that the device finds, with its place in the user's text; undefined for none
 */
export function errorIn(device: GPUDevice, source: OwnSource): Promise<DefinitionError | undefined> {
  return once(answers(device), source, () => find(device, source))
}

async function find(device: GPUDevice, { name, modules }: OwnSource): Promise<DefinitionError | undefined> {
  for (const { code, linesBefore } of modules) {
    const label = `webgpu-activations ${name}'s own WGSL`
    const [module, accepted] = inErrorScopes(device, label, () => device.createShaderModule({ label, code }))
    // The messages of the compiler say more than the error of the device.
    accepted.catch(() => undefined)
    const messages = await module.getCompilationInfo().then(
      info => info.messages,
      () => [],
    )
    const error = messages.find(({ type }) => type === 'error')
    if (error === undefined) continue
    const place = { line: error.lineNum - linesBefore, column: error.linePos }
    const isOwn = place.line > 0
    const where = isOwn ? ` (line ${place.line}, column ${place.column})` : ''
    const message = `${name}'s wgsl does not compile${where}: ${error.message.replace(/[.\s]*$/, '.')}`
    const fix = isOwn ? 'Correct it.' : 'The error is in what this library puts around it: report it.'
    return new DefinitionError(message, fix, isOwn ? place : undefined)
  }
  return undefined
}

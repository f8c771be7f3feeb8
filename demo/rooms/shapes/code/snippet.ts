import { ACTIVATIONS, givenParameters, type Parameters } from '../../../state/choices.ts'

/** The lines with which an app computes an activation at these parameters. */
export function snippetOf(name: string, parameters: Parameters): string {
  const { gated = false } = ACTIVATIONS.find(one => one.name === name)!
  const inputs = gated ? 'gate, up' : 'x'
  return [
    `import { createDispatcher, ${name} } from 'webgpu-activations'`,
    '',
    'const dispatcher = await createDispatcher()',
    `const y = await dispatcher.forward(${callOf(name, parameters)}, ${inputs})`,
    '',
  ].join('\n')
}

/** The call that makes an activation: with the parameters that differ from the defaults, and those that have none. */
function callOf(name: string, parameters: Parameters): string {
  const given = Object.entries(givenParameters(name, parameters))
  const options = given.map(([parameter, value]) => `${parameter}: ${typeof value === 'string' ? `'${value}'` : value}`)
  return options.length === 0 ? `${name}()` : `${name}({ ${options.join(', ')} })`
}

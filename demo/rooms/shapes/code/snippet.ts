import type { Parameters } from '../../../state/activation-choice.ts'
import { ACTIVATIONS, givenParameters } from '../../../state/choices.ts'
import { ownActivation } from '../../../state/own.ts'
// oxlint-disable-next-line import/default -- its text
import definitions from '../../../state/own.ts?raw'

/** The lines with which an app computes an activation at these parameters, after its definition where the library has none. */
export function snippetOf(name: string, parameters: Parameters): string {
  const { gated = false } = ACTIVATIONS.find(one => one.name === name)!
  const inputs = gated ? 'gate, up' : 'x'
  const own = ownActivation(name) !== undefined
  return [
    `import { createDispatcher, ${own ? 'defineActivation' : name} } from 'webgpu-activations'`,
    '',
    ...(own ? [`const ${name} = ${definitionOf(name)}`, ''] : []),
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

/** The call that defines an activation, as it stands in the source of this page. */
function definitionOf(name: string): string {
  const call = new RegExp(`^( *)(defineActivation\\(\\{\\n *name: '${name}',\\n.*?\\n)\\1\\}\\)`, 'ms')
  const [, indentation, lines] = call.exec(definitions)!
  return `${lines!.replaceAll(`\n${indentation!}`, '\n')}})`
}

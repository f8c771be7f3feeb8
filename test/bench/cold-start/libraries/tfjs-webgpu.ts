// It registers itself.
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-backend-webgpu'
import { reluOn } from './tfjs.ts'

export const relu = (x: Float32Array): Promise<Float32Array> => reluOn('webgpu', x)

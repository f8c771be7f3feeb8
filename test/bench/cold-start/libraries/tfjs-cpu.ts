// It registers itself.
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-backend-cpu'
import { reluOn } from './tfjs.ts'

export const relu = (x: Float32Array): Promise<Float32Array> => reluOn('cpu', x)

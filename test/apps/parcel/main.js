import * as index from 'webgpu-activations'
import { check } from './check.js'

void check({ 'webgpu-activations': Object.keys(index).length }).then(answer => {
  document.documentElement.dataset.result = JSON.stringify(answer)
})

import bounded from '../../../shaders/numerics/bounded.wgsl?raw'
import exponential from '../../../shaders/numerics/exponential.wgsl?raw'
import logistic from '../../../shaders/numerics/logistic.wgsl?raw'
import softplus from '../../../shaders/numerics/softplus.wgsl?raw'
import tanh from '../../../shaders/numerics/tanh.wgsl?raw'

// WGSL of shaders/numerics, each after the functions that it calls.
export const EXPONENTIAL = [bounded, exponential]
export const LOGISTIC = [bounded, exponential, logistic]
export const SOFTPLUS = [bounded, exponential, logistic, softplus]
export const TANH = [bounded, exponential, tanh]

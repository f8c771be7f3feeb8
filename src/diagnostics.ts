export {
  activationStatistics,
  type ArrayOptions,
  type ArrayStatisticsOptions,
  type ArrayUnitsOptions,
  clipByGlobalNorm,
  deadUnits,
  gradientNorm,
} from './diagnostics/arrays.ts'
export {
  type ClipOptions,
  createDiagnostics,
  type DeadUnitsOptions,
  type Diagnostics,
  type NormOptions,
  type StatisticsOptions,
} from './diagnostics/create.ts'
export {
  type DeadUnits,
  readDeadUnits,
  readStatistics,
  type Statistics,
  statisticsBytes,
  type TensorStatistics,
  type UnitStatistics,
} from './diagnostics/read.ts'

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

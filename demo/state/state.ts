import { LAB_DEFAULTS, type LabState, readLab } from './lab.ts'
import {
  type AllParameters,
  changedParameters,
  INITIAL_PARAMETERS,
  PARAMETER_KEYS,
  readParameters,
} from './parameters.ts'
import { differences, over, Query } from './query.ts'
import { readShapes, SHAPES_DEFAULTS, type ShapesState } from './shapes.ts'
import { readThroughput, THROUGHPUT_DEFAULTS, type ThroughputState } from './throughput.ts'

export const ROOMS = ['shapes', 'lab', 'throughput'] as const
export type RoomName = (typeof ROOMS)[number]

/** The user's choices in all rooms. The address holds those of one room. */
export interface State extends ShapesState, ThroughputState {
  readonly room: RoomName
  /** The parameters of activations that are drawn and measured. */
  readonly parameters: AllParameters
  readonly lab: LabState
}

export const DEFAULTS: State = {
  room: 'shapes',
  parameters: INITIAL_PARAMETERS,
  ...SHAPES_DEFAULTS,
  ...THROUGHPUT_DEFAULTS,
  lab: LAB_DEFAULTS,
}

const SHAPES_KEYS = [...Object.keys(SHAPES_DEFAULTS), ...PARAMETER_KEYS]
const THROUGHPUT_KEYS = Object.keys(THROUGHPUT_DEFAULTS)
const LAB_KEYS = Object.keys(LAB_DEFAULTS)

/**
 * Reads the state of a query string. Invalid parts are ignored, with a note for each.
 *
 * @param before has the choices in the rooms that the query does not name
 */
export function readState(search: string, before: State = DEFAULTS): { state: State; notes: string[] } {
  const query = new Query(search)
  const room = readRoom(query)
  const known = room === 'lab' ? LAB_KEYS : [...SHAPES_KEYS, ...THROUGHPUT_KEYS]
  for (const name of query.names) {
    if (name !== 'room' && !known.includes(name)) query.notes.push(`The address has ${name}, which means nothing here.`)
  }
  const state =
    room === 'lab' ? { ...before, room, lab: over(LAB_DEFAULTS, readLab(query)) } : readOthers(query, room, before)
  return { state, notes: [...new Set(query.notes)] }
}

/** Writes the query string of the room of a state: what differs from the defaults there. */
export function writeState(state: State): string {
  return `?${[`room=${state.room}`, ...partsOf(state)].join('&')}`
}

/** The room that an address asks for. Before there were rooms, addresses had the choices of a measurement and none of a room. */
function readRoom(query: Query): RoomName {
  const isMeasurement = query.names.some(name => THROUGHPUT_KEYS.includes(name))
  return query.word('room', ROOMS) ?? (isMeasurement ? 'throughput' : 'shapes')
}

/** Shapes and Throughput share the parameters, and either may have the choices of the other. */
function readOthers(query: Query, room: 'shapes' | 'throughput', before: State): State {
  const [shapes, throughput] = [readShapes(query), readThroughput(query)]
  const state: State = over({ ...before, ...defaultsOf(room), room }, { ...shapes, ...throughput })
  const chosen = room === 'shapes' ? [state.plot] : [...state.activations, ...(shapes.plot ? [shapes.plot] : [])]
  const parameters = readParameters(
    key => query.text(key),
    chosen,
    (key, text, rule) => query.refuse(key, text, rule),
  )
  return { ...state, parameters }
}

function partsOf(state: State): string[] {
  if (state.room === 'lab') return differences({ ...state.lab }, { ...LAB_DEFAULTS })
  const defaults = { ...defaultsOf(state.room) }
  const values = Object.fromEntries(Object.entries(state).filter(([name]) => name in defaults))
  const parameters = changedParameters(state.parameters).map(({ key, value }) => [key, value])
  return [...differences(values, defaults), ...differences(Object.fromEntries(parameters), {})]
}

function defaultsOf(room: 'shapes' | 'throughput'): ShapesState | ThroughputState {
  return room === 'shapes' ? SHAPES_DEFAULTS : THROUGHPUT_DEFAULTS
}

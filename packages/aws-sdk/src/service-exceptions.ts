/*
 * The exceptions of a client's own package, which it finds in registries by the names of its
 * schemas.
 */

type ErrorSchema = object
type ErrorClass = new (options: object) => Error

/** As much of a `TypeRegistry` of the AWS SDK v3 as is needed. */
export interface TypeRegistry {
  /** Throws where there is none. */
  getSchema(shapeId: string): ErrorSchema
  getErrorCtor(schema: ErrorSchema): ErrorClass | undefined
  getBaseException(): ErrorSchema | undefined
}

function classIn(registry: TypeRegistry, shapeId: string): ErrorClass | undefined {
  try {
    return registry.getErrorCtor(registry.getSchema(shapeId))
  } catch {
    return undefined
  }
}

function baseClassIn(registry: TypeRegistry): ErrorClass | undefined {
  const schema = registry.getBaseException()
  return schema && registry.getErrorCtor(schema)
}

function first<Value>(values: readonly (Value | undefined)[]): Value | undefined {
  return values.find((value) => value !== undefined)
}

/** What a client throws for a failure of this name: its own class, or the one behind them all. */
export function serviceException(
  registries: readonly TypeRegistry[],
  namespace: string,
  name: string,
): Error {
  const known = first(registries.map((registry) => classIn(registry, `${namespace}#${name}`)))
  if (known !== undefined) return new known({})
  const Base = first(registries.map(baseClassIn))
  return Base === undefined ? Object.assign(new Error(), { name }) : new Base({ name })
}

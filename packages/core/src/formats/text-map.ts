import * as z from "zod/mini"

type TextMap = Record<string, string>

/** An object of no class: its prototype is none, or has none itself. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const isText = (map: TextMap): boolean =>
  Object.keys(map).every((name) => typeof map[name] === "string")

/** A copy of what is a plain object, for the checks to look at: nothing can change it any more. */
function copyOf(input: unknown): TextMap | undefined {
  if (typeof input !== "object" || input === null || !isPlain(input)) return undefined
  return { ...input } as TextMap
}

/**
 * A map of text to text, in which `__proto__` is a name like any other. A record of zod drops that
 * name without a word, and runs a schema for every name and every text: so a map that `isFit` is
 * taken as it is, and the record only says what is wrong with others. What it would say nothing of
 * is refused with `otherwise`.
 */
export function textMap({
  check = () => {},
  isFit = isText,
  otherwise,
}: {
  readonly check?: z.core.CheckFn<TextMap>
  readonly isFit?: (map: TextMap) => boolean
  readonly otherwise: string
}) {
  const schema = z.record(z.string(), z.string()).check(check)
  const { run } = schema._zod
  schema._zod.run = (payload, context) => {
    const copy = copyOf(payload.value)
    if (copy === undefined) return run(payload, context)
    if (isFit(copy) && Object.getOwnPropertySymbols(copy).length === 0) {
      payload.value = copy
      return payload
    }
    if (Object.hasOwn(copy, "__proto__")) {
      const constraint = { constraint: otherwise }
      payload.issues.push({ code: "custom", input: copy, params: constraint, inst: schema })
    }
    return run(payload, context)
  }
  return schema
}

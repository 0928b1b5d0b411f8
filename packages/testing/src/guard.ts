import type * as Http from "node:http"
import type * as Module from "node:module"

/*
 * A KMS client that no test reaches would call AWS itself, with the credentials of whoever runs
 * the tests. A guard stands before every way on which one leaves the process.
 */

/** The host names of AWS KMS, and the header or the path that names an operation. */
const kmsHost = /^(?:vpce-[a-z\d-]+\.)?kms(?:-fips)?\.[a-z\d-]+\.(?:vpce\.)?(?:amazonaws|api)\b/i
const targetHeader = /^x-amz-target$/i
const kmsTarget = /^TrentService\./
/** Of CBOR, and of a presigned URL. */
const kmsPlaces = [
  /\/service\/(?:com\.amazonaws\.kms\.)?TrentService\/operation\/([A-Za-z]+)/,
  /[?&]x-amz-target=TrentService\.([A-Za-z]+)/i,
]

type Call = (...args: never[]) => unknown

/** What the arguments of a request say of where it goes. */
interface Destination {
  readonly host: string
  /** Of AWS KMS. */
  readonly operation: string | undefined
}

/** The operation of AWS KMS that a target or a path names. */
function operationOf(target: string | undefined, path: unknown): string | undefined {
  if (target !== undefined && kmsTarget.test(target)) return target.replace(kmsTarget, "")
  const text = typeof path === "string" ? path : ""
  return kmsPlaces.map((place) => place.exec(text)?.[1]).find((name) => name !== undefined)
}

function targetIn(headers: unknown): string | undefined {
  if (headers instanceof Headers) return headers.get("x-amz-target") ?? undefined
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers ?? {})
  const found = pairs.find(([name]) => targetHeader.test(String(name)))
  return found === undefined ? undefined : String(found[1])
}

/** Whatever `http.request`, `http2.connect` and `fetch` take: text, URL, options, a Request. */
function destinationOf(args: readonly unknown[]): Destination {
  let host = ""
  let operation: string | undefined
  for (const part of args.slice(0, 2)) {
    if (typeof part === "string" && URL.canParse(part)) host = new URL(part).hostname
    operation ??= operationOf(undefined, part)
    if (typeof part !== "object" || part === null) continue
    const {
      hostname,
      host: named,
      url,
      href,
      path,
      headers,
    } = part as Readonly<Record<string, unknown>>
    const place = hostname ?? named
    if (typeof place === "string") host = place
    if (typeof url === "string" && URL.canParse(url)) host = new URL(url).hostname
    operation ??= operationOf(targetIn(headers), path ?? url ?? href)
  }
  return { host, operation }
}

const isKms = ({ host, operation }: Destination): boolean =>
  kmsHost.test(host) || operation !== undefined

/** How many guards stand, on the function that was put in place. */
const place: unique symbol = Symbol.for("keywright.guard") as typeof place

interface Guarded {
  readonly [place]: { guards: number; readonly before: Call }
}

function refuse({ host, operation = "a call" }: Destination): never {
  throw new Error(
    `A KMS client that is not of this kit was about to send ${operation} to ${host}. ` +
      "Lead it here with kit.install(KMSClient), or make it with kit.sdk().",
  )
}

function guardOf(before: Call): Call & Guarded {
  const guarded = function (this: unknown, ...args: never[]): unknown {
    const destination = destinationOf(args)
    return isKms(destination) ? refuse(destination) : before.apply(this as never, args)
  }
  return Object.assign(guarded, before, { [place]: { guards: 0, before } })
}

type Doors = Record<string, Call>

/** Puts a guard before one function, or one more where there is one. */
function stand(doors: Doors, name: string): () => void {
  const current = doors[name] as Call & Partial<Guarded>
  const guarded = current[place] === undefined ? guardOf(current) : (current as Call & Guarded)
  const state = guarded[place]
  state.guards += 1
  doors[name] = guarded
  return () => {
    state.guards -= 1
    if (state.guards === 0 && doors[name] === guarded) doors[name] = state.before
  }
}

/** What Node's own modules are called through; elsewhere there is only `fetch`. */
function builtin<Exports>(name: string): Exports | undefined {
  return typeof process === "object" ? (process.getBuiltinModule?.(name) as Exports) : undefined
}

/**
 * Lets no call to AWS KMS leave the process until the answer is called: by whatever client and to
 * whatever host, it fails before a connection is made.
 */
export function guardNetwork(): () => void {
  const ways: readonly (readonly [doors: object | undefined, names: readonly string[]])[] = [
    [builtin<typeof Http>("node:http"), ["request", "get"]],
    [builtin("node:https"), ["request", "get"]],
    [builtin("node:http2"), ["connect"]],
    [globalThis, ["fetch"]],
  ]
  const leave = ways.flatMap(([doors, names]) =>
    doors === undefined ? [] : names.map((name) => stand(doors as Doors, name)),
  )
  // Who has imported these functions by name holds them anew.
  const sync = () => builtin<typeof Module>("node:module")?.syncBuiltinESMExports()
  sync()
  return () => {
    for (const one of leave.splice(0)) one()
    sync()
  }
}

import { base64Of, bytesOfBase64 } from "../base64.js"
import type { Entry } from "../contract.js"
import { askPatiently, type Waiting } from "../patience.js"
import { StorageError } from "../storage-error.js"

/*
 * etcd over its own JSON gateway: each request is a POST, bytes are base64, and numbers of 64 bits
 * are text. Members that have the default of their type are left out of answers.
 *
 * Source: etcd, "gRPC gateway" and "etcd API reference".
 */

/** `fetch`, as far as it is used here. With mutual TLS, the host hands in one that has its keys. */
export type EtcdFetch = (
  url: string,
  init: {
    readonly method: "POST"
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly signal: AbortSignal
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>

// Every JavaScript runtime has these; the language's own library of types does not.
declare const TextEncoder: { new (): { encode(text: string): Uint8Array } }
declare const TextDecoder: { new (): { decode(bytes: Uint8Array): string } }
declare const AbortController: { new (): { readonly signal: AbortSignal; abort(): void } }
export interface AbortSignal {
  readonly aborted: boolean
}

export type Json = Readonly<Record<string, unknown>>

export const base64OfText = (text: string): string => base64Of(new TextEncoder().encode(text))
const textOfBase64 = (text: string): string => new TextDecoder().decode(bytesOfBase64(text))

export interface GatewayOptions extends Waiting {
  readonly endpoints: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: EtcdFetch
}

/**
 * Asks the members of a cluster, one after another while one does not answer. A request may reach
 * them twice.
 */
export interface Gateway {
  ask(path: string, body: Json): Promise<Json>
}

/**
 * What a member says when it cannot serve now: in time, for want of room, or of a leader.
 *
 * Source: gRPC, "Status codes": DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE.
 */
const passingCodes: readonly unknown[] = [4, 8, 14]

/** A member answered, and not as it was asked to. */
export class Refused extends Error {
  /** Of gRPC. */
  readonly code: unknown

  constructor(code: unknown, message: string) {
    super(message)
    this.code = code
  }
}

function parsed(text: string): Json {
  const value: unknown = JSON.parse(text)
  if (typeof value !== "object" || value === null) throw new Error("the answer is no object")
  return value as Json
}

function refusalOf(status: number, text: string): Refused {
  try {
    const { code, message } = parsed(text)
    return new Refused(code, String(message ?? ""))
  } catch {
    return new Refused(`HTTP ${status}`, "")
  }
}

const toStorageError = (error: unknown): unknown => {
  if (error instanceof StorageError) return error
  const what = error instanceof Refused ? `etcd failed: ${error.code}` : "etcd cannot be reached"
  return new StorageError("failed", what, { cause: error })
}

const isPassing = (error: unknown): boolean =>
  !(error instanceof Refused) || passingCodes.includes(error.code)

export function createGateway({ endpoints, headers, fetch, ...waiting }: GatewayOptions): Gateway {
  /** Counts the members that were left for the next one. */
  let left = 0

  /** Of many calls that one member fails, the first leaves it. */
  const leave = (asked: number): void => {
    if (left === asked) left += 1
  }

  const post = async (path: string, body: string, giveUp: Promise<never>): Promise<Json> => {
    const controller = new AbortController()
    const asked = left
    giveUp.catch(() => {
      leave(asked)
      controller.abort()
    })
    try {
      const response = await fetch(`${endpoints[asked % endpoints.length]}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
        signal: controller.signal,
      })
      const text = await response.text()
      if (response.status === 200) return parsed(text)
      throw refusalOf(response.status, text)
    } catch (error) {
      if (isPassing(error)) leave(asked)
      throw error
    }
  }

  return {
    ask: (path, body) => {
      const text = JSON.stringify(body)
      const attempt = (giveUp: Promise<never>) => post(path, text, giveUp)
      return askPatiently(waiting, { attempt, isPassing, toStorageError, name: "etcd" })
    },
  }
}

/** A pair of etcd as an entry. Its revision is that of the commit that wrote it. */
export function entryOf(kv: Json, prefixLength: number): Entry {
  return {
    key: textOfBase64(String(kv["key"])).slice(prefixLength),
    value: bytesOfBase64(String(kv["value"] ?? "")),
    revision: Number(kv["mod_revision"]),
  }
}

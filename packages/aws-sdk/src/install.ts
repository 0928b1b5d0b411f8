import type { AwsSdkConfig } from "./handler.js"
import type { HttpRequest } from "./http.js"
import { createRegionChoice, hostOf, inProcessOf } from "./in-process.js"
import { named } from "./unsigned.js"

/*
 * Most applications make their client themselves, at module level, where no test can hand anything
 * in. Their class is reached instead: what it sends is led to an engine.
 */

/** A client class of the AWS SDK v3: `KMSClient`, `KMS`, or one that extends them. */
export interface ClientClass {
  readonly prototype: { send(...args: never[]): unknown }
}

interface Client {
  readonly config: Record<string, unknown>
}

/** Leads a client to an engine, by what of its configuration is read anew for each call. */
type Lead = (client: Client) => Readonly<Record<string, unknown>>

/** A class whose clients are led, and who leads them; the last one who came does. */
interface Patch {
  readonly leads: Lead[]
  /** What clients that are led now were configured with, and by whom they are led. */
  readonly led: Map<Client, { readonly by: Lead; readonly own: Readonly<Record<string, unknown>> }>
  /** Takes the patch away. */
  undo(): void
}

/** Where the patch is found on the function that it put into the class. */
const place: unique symbol = Symbol.for("keywright.installed") as typeof place

interface Patched {
  readonly [place]?: Patch
}

const patchOf = (prototype: ClientClass["prototype"]): Patch | undefined =>
  Object.hasOwn(prototype, "send") ? (prototype.send as Patched)[place] : undefined

function createLead(config: AwsSdkConfig): Lead {
  const { requestHandler, credentials, httpAuthSchemes } = config
  const choose = createRegionChoice(config)
  return ({ config: own }) => {
    const region = async (): Promise<string> => {
      // An application without a region in its environment has one here.
      const named = async () => (own["region"] as () => Promise<unknown>)()
      return choose(await named().catch(() => undefined))
    }
    const handle: typeof requestHandler.handle = async (request, options) => {
      const hostname = hostOf(await region())
      return requestHandler.handle({ ...request, hostname }, options)
    }
    const sign = async (request: HttpRequest) => named(request, credentials, await region())
    return {
      requestHandler: { ...requestHandler, handle },
      credentials: async () => credentials,
      region,
      // Both would look into the region that the client was made with.
      useFipsEndpoint: async () => false,
      useDualstackEndpoint: async () => false,
      // The oldest clients know no schemes, and sign by this one.
      ...(!("httpAuthSchemes" in own) && { signer: async () => ({ sign }) }),
      ...("httpAuthSchemes" in own && httpAuthSchemes && { httpAuthSchemes }),
    }
  }
}

function restore({ led }: Patch, lead: Lead): void {
  for (const [client, { by, own }] of led) {
    if (by !== lead) continue
    Object.assign(client.config, own)
    led.delete(client)
  }
}

/** Leads a client by the last one who came, unless it was made for an engine of its own. */
function leadNow({ leads, led }: Patch, client: Client): void {
  const lead = leads.at(-1)
  const before = led.get(client)
  if (lead === undefined || before?.by === lead) return
  if (before === undefined && inProcessOf(client.config["requestHandler"]) !== undefined) return
  const own = before?.own ?? { ...client.config }
  const settings = lead({ config: own })
  const replaced = Object.keys(settings).map((name) => [name, own[name]])
  led.set(client, { by: lead, own: Object.fromEntries(replaced) })
  Object.assign(client.config, settings)
}

/** Puts a function that leads in front of what a class sends with. */
function patch(prototype: ClientClass["prototype"]): Patch {
  const patched: Patch = { leads: [], led: new Map(), undo: () => {} }
  const { send } = prototype
  function sendElsewhere(this: Client, ...args: never[]): unknown {
    leadNow(patched, this)
    return send.apply(this as never, args)
  }
  // Of the class itself: what it inherits belongs to the clients of every service.
  const value = Object.assign(sendElsewhere, { [place]: patched })
  const before = Object.getOwnPropertyDescriptor(prototype, "send")
  patched.undo = () => {
    if (before === undefined) Reflect.deleteProperty(prototype, "send")
    else Object.defineProperty(prototype, "send", before)
  }
  Object.defineProperty(prototype, "send", { value, configurable: true, writable: true })
  return patched
}

/**
 * Leads every client of a class to an engine, also those that are there already, until the answer
 * is called. The client keeps its retries, its middleware and its logger. A region that it names is
 * kept where `config` has several; an endpoint is not. A client that was made with a configuration
 * of `awsSdkHandler` stays where it is, and of two who lead a class, the later one does.
 *
 * Throws `TypeError` for what is no client class, or no such configuration.
 *
 * @example
 * const uninstall = installAwsSdk(KMSClient, awsSdkHandler(kms))
 * await new KMSClient({}).send(new ListKeysCommand({}))
 * uninstall()
 */
export function installAwsSdk(clientClass: ClientClass, config: AwsSdkConfig): () => void {
  const { prototype } = clientClass
  if (typeof prototype?.send !== "function") {
    throw new TypeError("`clientClass` must be a client class of the AWS SDK v3, as KMSClient is")
  }
  const lead = createLead(config)
  const patched = patchOf(prototype) ?? patch(prototype)
  patched.leads.push(lead)
  return () => {
    const index = patched.leads.indexOf(lead)
    if (index < 0) return
    patched.leads.splice(index, 1)
    restore(patched, lead)
    if (patched.leads.length === 0 && patchOf(prototype) === patched) patched.undo()
  }
}

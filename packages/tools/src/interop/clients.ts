import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { catalogue } from "@keywright/core"
import { root } from "../paths.js"
import { type Ran, run } from "../run.js"
import { type Caller, type Program, startCaller } from "./caller.js"
import { type Host, region, startHost } from "./host.js"
import { tellStory } from "./story.js"
import { notProved, sumOf, type Tally, told } from "./tally.js"

/** A client of AWS in another language. */
interface Client {
  readonly name: string
  /** Installs the newest one; what went wrong is in the output. */
  install(folder: string): Promise<Ran>
  program(folder: string, url: string): Program
  /** What else it is asked for. */
  readonly more: (caller: Caller) => Promise<readonly string[]>
}

const programs = join(root, "packages", "tools", "interop")

/** A session of AWS STS, and what it may do and may not. */
async function sessions(caller: Caller): Promise<readonly string[]> {
  const failures: string[] = []
  const who = await caller.ask({ service: "sts", operation: "GetCallerIdentity", input: {} })
  if (!String(who.reply?.["Arn"]).endsWith(":user/alice")) failures.push(JSON.stringify(who))
  const role = { RoleArn: "arn:aws:iam::111122223333:role/Reader", RoleSessionName: "blue" }
  const assumed = await caller.ask({ service: "sts", operation: "AssumeRole", input: role })
  const credentials = assumed.reply?.["Credentials"] as object | undefined
  if (credentials === undefined) return [...failures, JSON.stringify(assumed)]
  const as = (operation: string) =>
    caller.ask({ service: "kms", operation, input: {}, credentials })
  const [listed, made] = [await as("ListAliases"), await as("CreateKey")]
  if (listed.reply === undefined) failures.push(`a session: ${JSON.stringify(listed)}`)
  if (made.refused !== "AccessDeniedException") failures.push(`a session: ${JSON.stringify(made)}`)
  return failures
}

/** URLs that one process signs and another one opens. */
async function presigned(caller: Caller): Promise<readonly string[]> {
  const target = {
    "x-amz-target": "TrentService.ListKeys",
    "content-type": "application/x-amz-json-1.1",
  }
  const url = { presigned: true } as const
  const answers = [
    await caller.ask({
      ...{ service: "kms", operation: "ListKeys", input: { Limit: 1 } },
      ...{ ...url, headers: target },
    }),
    await caller.ask({ service: "sts", operation: "GetCallerIdentity", input: {}, ...url }),
  ]
  return answers
    .filter(({ reply }) => !/"Keys"|<Arn>/.test(String(reply?.["text"])))
    .map((answer) => `a presigned URL: ${JSON.stringify(answer)}`)
}

/** Has OpenSSL, which Python uses, agree on no newer TLS. */
const oldTls = `openssl_conf = all
[all]
ssl_conf = modules
[modules]
system_default = floor
[floor]
MaxProtocol = TLSv1.2
`

type Tls = "1.2" | "1.3"

interface InPython {
  /** Of its registry. */
  readonly name: "boto3" | "awscli"
  readonly says: string
  readonly tls: Tls
  readonly more: Client["more"]
}

const inPython = ({ name, says, tls, more }: InPython): Client => ({
  name: `${says} over TLS ${tls}`,
  install: (folder) => {
    writeFileSync(join(folder, "openssl.cnf"), oldTls)
    const args = ["-m", "pip", "install", "--quiet", "--target", folder, name]
    return run("python3", args, { timeoutMs: 300_000 })
  },
  program: (folder, url) => ({
    command: "python3",
    args: [join(programs, "calls.py"), name === "boto3" ? "boto3" : "cli", url, region],
    environment: {
      ...{ PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" },
      ...(tls === "1.2" && { OPENSSL_CONF: join(folder, "openssl.cnf") }),
    },
  }),
  more,
})

/** Of version 2 no registry has the newest; Debian's is taken. */
const cliOfDebian: Client = {
  name: "AWS CLI 2 of Debian over TLS 1.3",
  install: () => run("/usr/bin/python3", ["-c", "import awscli.botocore"]),
  program: (_folder, url) => ({
    command: "/usr/bin/python3",
    args: [join(programs, "calls.py"), "cli", url, region],
    environment: { PYTHONDONTWRITEBYTECODE: "1" },
  }),
  more: sessions,
}

const goModules = ["service/kms", "service/sts"].map(
  (name) => `github.com/aws/aws-sdk-go-v2/${name}@latest`,
)

/** Built once for all that it speaks. */
async function installGo(folder: string): Promise<Ran> {
  if (existsSync(join(folder, "calls"))) return { ok: true, stdout: "", output: "" }
  copyFileSync(join(programs, "calls.go"), join(folder, "main.go"))
  writeFileSync(join(folder, "go.mod"), "module interop\n\ngo 1.24\n")
  for (const args of [
    ["get", ...goModules],
    ["mod", "tidy"],
    ["build", "-o", "calls", "."],
  ]) {
    const ran = await run("go", args, { cwd: folder })
    if (!ran.ok) return ran
  }
  return { ok: true, stdout: "", output: "" }
}

const go = (protocol: "json" | "cbor", tls: Tls): Client => ({
  name: `AWS SDK for Go v2 in ${protocol.toUpperCase()} over TLS ${tls}`,
  install: installGo,
  program: (folder, url) => ({
    command: join(folder, "calls"),
    args: [protocol, url, region],
    environment: { TLS_MAX: tls },
  }),
  more: sessions,
})

const sessionsAndUrls: Client["more"] = async (caller) => [
  ...(await sessions(caller)),
  ...(await presigned(caller)),
]

const clients: readonly (readonly [folder: string, client: Client])[] = [
  ["boto3", inPython({ name: "boto3", says: "boto3", tls: "1.3", more: sessionsAndUrls })],
  ["cli", inPython({ name: "awscli", says: "AWS CLI 1", tls: "1.2", more: sessions })],
  ["cli-2", cliOfDebian],
  ["go", go("json", "1.3")],
  ["go", go("cbor", "1.2")],
]

async function prove(client: Client, folder: string, host: Host): Promise<Tally> {
  const { command, args, environment } = client.program(folder, host.url)
  const caller = startCaller({
    ...{ command, args },
    environment: { ...host.environment, ...environment },
  })
  try {
    const known = await caller.ask({ service: "kms", operation: "?", input: {} })
    const names = (known.reply?.["operations"] ?? []) as readonly string[]
    const { called, failures } = await tellStory(caller, new Set(names))
    const extra = await client.more(caller)
    const missed = names.filter((name) => !called.has(name))
    const all = [...failures, ...extra, ...missed.map((name) => `${name} was not performed`)]
    if (names.length === 0) all.push(`it knows no operations: ${JSON.stringify(known)}`)
    return told(client.name, names.length, all)
  } finally {
    caller.close()
  }
}

/** Clients of AWS in other languages against a host: every operation that each of them knows. */
export async function proveClients(temporary: string): Promise<Tally> {
  const host = await startHost(join(temporary, "host"))
  const tallies: Tally[] = []
  try {
    for (const [name, client] of clients) {
      const folder = join(temporary, name)
      mkdirSync(folder, { recursive: true })
      const installed = await client.install(folder)
      tallies.push(
        installed.ok
          ? await prove(client, folder, host)
          : notProved(client.name, Object.keys(catalogue).length, installed.output),
      )
    }
  } finally {
    await host.close()
  }
  return sumOf(tallies)
}

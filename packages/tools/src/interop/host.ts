import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { root } from "../paths.js"
import { run } from "../run.js"

export const region = "eu-central-1"

/** `examples/https-host` in a process of its own. */
export interface Host {
  readonly url: string
  /** What a client of AWS reads there: an access key, and whom to trust. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

const accounts = `
accounts:
  "111122223333":
    users:
      alice:
        policies:
          all: { Version: 2012-10-17, Statement: { Effect: Allow, Action: "*", Resource: "*" } }
    roles:
      Reader:
        trustPolicy:
          Version: 2012-10-17
          Statement: { Effect: Allow, Principal: { AWS: "111122223333" }, Action: sts:AssumeRole }
        policies:
          reads:
            Version: 2012-10-17
            Statement: { Effect: Allow, Action: "kms:List*", Resource: "*" }
`

async function makeCertificate(folder: string): Promise<void> {
  const made = await run("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:true"],
    ...["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")],
  ])
  if (!made.ok) throw new Error(made.output)
}

export async function startHost(folder: string): Promise<Host> {
  mkdirSync(folder, { recursive: true })
  await makeCertificate(folder)
  writeFileSync(join(folder, "accounts.yaml"), accounts)
  const main = join(root, "examples", "https-host", "dist", "src", "main.js")
  const child = spawn(process.execPath, ["--no-warnings", main, "--region", region], {
    ...{ cwd: folder, stdio: ["ignore", "pipe", "inherit"] },
  })
  const ended = once(child, "close")
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line"),
    ended.then(() => Promise.reject(new Error("the host did not start"))),
  ])) as [string]
  const { url, accessKeyId, secretAccessKey } = JSON.parse(line)
  return {
    url,
    environment: {
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region },
      ...{ AWS_CA_BUNDLE: join(folder, "cert.pem"), SSL_CERT_FILE: join(folder, "cert.pem") },
      ...{ AWS_EC2_METADATA_DISABLED: "true", AWS_PAGER: "", AWS_MAX_ATTEMPTS: "1" },
    },
    close: async () => {
      child.kill("SIGTERM")
      await ended
    },
  }
}

import { execFile } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { createEnvelope, type Envelope, kmsKeys } from "@keywright/core/envelope"
import { createTestKms, type TestKms } from "@keywright/testing"
import { afterEach, beforeEach, expect, test } from "vitest"
import { cryptFiles, type Direction } from "../src/crypt-files.js"
import { createProgressBar } from "../src/progress-bar.js"

let folder: string
let kit: TestKms
let envelope: Envelope

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "encrypt-files-"))
  kit = await createTestKms()
  const client = kit.client()
  const { KeyMetadata } = await client.createKey({})
  envelope = createEnvelope({ keys: kmsKeys(client, { keyId: KeyMetadata.Arn }) })
})

afterEach(async () => {
  await kit.close()
  await rm(folder, { recursive: true, force: true })
})

const at = (name: string) => join(folder, name)
const crypt = (direction: Direction, source: string, target: string, signal?: AbortSignal) =>
  cryptFiles(direction, at(source), at(target), { envelope, onProgress: () => undefined, signal })

/** Everything below a folder, with its bytes. */
async function contentOf(path: string): Promise<Record<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const pairs = files.map(async ({ parentPath, name }) => {
    const file = join(parentPath, name)
    return [file.slice(path.length), (await readFile(file)).toString("base64")] as const
  })
  return Object.fromEntries(await Promise.all(pairs))
}

async function writeSource(): Promise<void> {
  await mkdir(at("source/deep/deeper"), { recursive: true })
  await writeFile(at("source/empty"), "")
  await writeFile(at("source/deep/größe.txt"), "a text")
  await writeFile(at("source/deep/deeper/large"), randomBytes(300_000))
}

test("a folder comes back as it was, and reads like noise in between", async () => {
  await writeSource()
  await crypt("encrypt", "source", "sealed")
  expect(Object.keys(await contentOf(at("sealed"))).toSorted()).toEqual([
    "/deep/deeper/large.enc",
    "/deep/größe.txt.enc",
    "/empty.enc",
  ])
  expect(await readFile(at("sealed/deep/größe.txt.enc"), "latin1")).not.toContain("a text")
  await crypt("decrypt", "sealed", "opened")
  expect(await contentOf(at("opened"))).toEqual(await contentOf(at("source")))
})

test("a file comes back as it was, by itself or out of a folder, whatever it is called", async () => {
  await writeFile(at("plain"), randomBytes(100_000))
  await crypt("encrypt", "plain", "sealed")
  await crypt("decrypt", "sealed", "opened")
  expect(await readFile(at("opened"))).toEqual(await readFile(at("plain")))
  await writeSource()
  await crypt("encrypt", "source", "folder")
  await crypt("decrypt", "folder/deep/größe.txt.enc", "text")
  expect(await readFile(at("text"), "utf8")).toBe("a text")
})

test("whatever a message was done to, no part of its plaintext is left", async () => {
  await writeSource()
  await crypt("encrypt", "source", "sealed")
  const large = at("sealed/deep/deeper/large.enc")
  const message = await readFile(large)
  const broken = [
    message.subarray(0, -1),
    message.subarray(0, message.length >> 1),
    message.with(message.length - 1, (message.at(-1) ?? 0) ^ 1),
    message.with(message.length >> 1, (message[message.length >> 1] ?? 0) ^ 1),
    Buffer.concat([message, message]),
  ]
  const before = (await readdir(folder)).toSorted()
  for (const bytes of broken) {
    await writeFile(large, bytes)
    await expect(crypt("decrypt", "sealed", "opened")).rejects.toMatchObject({
      name: "EnvelopeError",
    })
    expect((await readdir(folder)).toSorted()).toEqual(before)
  }
})

test("files that were exchanged do not open", async () => {
  await writeSource()
  await crypt("encrypt", "source", "sealed")
  await cp(at("sealed/deep/größe.txt.enc"), at("sealed/empty.enc"))
  await expect(crypt("decrypt", "sealed", "opened")).rejects.toMatchObject({ reason: "context" })
})

test("work that is ended leaves nothing, and nothing of it is taken up again", async () => {
  await writeFile(at("plain"), randomBytes(5_000_000))
  const ended = new AbortController()
  const onProgress = () => ended.abort(new Error("enough"))
  const options = { envelope, onProgress, signal: ended.signal }
  await expect(cryptFiles("encrypt", at("plain"), at("sealed"), options)).rejects.toThrow()
  expect(await readdir(folder)).toEqual(["plain"])
})

test("what another process left behind when it was ended is removed", async () => {
  const child = execFile(process.execPath, ["-e", ""])
  await once(child, "exit")
  await writeFile(at(`.opened.${child.pid}.partial`), "half a secret")
  await writeFile(at(".mine.1.partial"), "of a process that runs")
  await writeFile(at("plain"), "")
  await crypt("encrypt", "plain", "sealed")
  expect((await readdir(folder)).toSorted()).toEqual([".mine.1.partial", "plain", "sealed"])
})

test("what is there is not overwritten, and links are not followed", async () => {
  await writeFile(at("plain"), "new")
  await writeFile(at("sealed"), "old")
  await expect(crypt("encrypt", "plain", "sealed")).rejects.toThrow("is there already")
  expect(await readFile(at("sealed"), "utf8")).toBe("old")
  await mkdir(at("source"))
  await symlink(at("plain"), at("source/link"))
  await expect(crypt("encrypt", "source", "other")).rejects.toThrow("neither a file nor a folder")
})

test("the bar goes from nothing to all", () => {
  const drawn: string[] = []
  const draw = createProgressBar((text) => drawn.push(text))
  for (let done = 0; done <= 1000; done += 1) draw(done, 1000)
  expect(drawn).toHaveLength(101)
  expect(drawn[50]).toBe(`\r[${"#".repeat(15)}${".".repeat(15)}]  50 % of 1,000 bytes`)
})

test("the command encrypts and decrypts under keys of its own", async () => {
  const program = fileURLToPath(new URL("../dist/src/main.js", import.meta.url))
  const command = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["--no-warnings", program, ...args, "--keys", at("keys")])
  await writeSource()
  await command("encrypt", at("source"), at("sealed"))
  await command("decrypt", at("sealed"), at("opened"))
  expect(await contentOf(at("opened"))).toEqual(await contentOf(at("source")))
  await expect(command("decrypt", at("source"), at("other"))).rejects.toThrow(".enc")
  await expect(command("encrypt")).rejects.toThrow("SOURCE TARGET")
}, 300_000)

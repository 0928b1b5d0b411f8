import { describe, expect, it, test } from "vitest"
import { typed } from "../support/typed.js"

/** However wide the terminal is. */
const inOneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim()

const database =
  "-d, --database <file> the SQLite file (default: $KEYWRIGHT_DATABASE) " +
  "--root-key-file <file> what make-root-key made (default: <database>.root-key) " +
  "--passphrase asks for the passphrase that seals the database " +
  "--passphrase-file <file> reads the passphrase from the first line of a file " +
  "--region <region> the region of the engine (default: us-east-1) " +
  "--account <id> the account that owns the engine (default: 111122223333)"
const as = " --as <principal> who asks (default: the administrator)"
const yes = " -y, --yes asks nothing"
const end = " --json for programs -h, --help display help for command"

interface Words {
  readonly usage: string
  readonly about: string
  readonly own?: string
  /** Whether it opens the database, as somebody. */
  readonly opens?: boolean
  readonly confirms?: boolean
}

const commands: readonly Words[] = [
  { usage: "list-keys [options]", about: "all keys of the account" },
  { usage: "describe-key [options] <key>", about: "a key, by id, ARN or alias" },
  {
    usage: "create-key [options]",
    about: "a new key",
    own:
      "--key-spec <spec> default: SYMMETRIC_DEFAULT " +
      "--key-usage <usage> default: what the spec is for " +
      "--description <text> for people " +
      "--alias <name> an alias for it: alias/orders " +
      "--multi-region a primary key that can be replicated ",
  },
  {
    usage: "disable-key [options] <key>",
    about: "nothing can use it until it is enabled again",
  },
  { usage: "enable-key [options] <key>", about: "it can be used again" },
  {
    usage: "rotate-key [options] <key>",
    about: "new key material; what was encrypted before still opens",
  },
  {
    usage: "schedule-key-deletion [options] <key>",
    about: "destroys a key when its waiting period is over",
    own: "--days <n> 7 to 30, the waiting period (default: 30) ",
    confirms: true,
  },
  { usage: "cancel-key-deletion [options] <key>", about: "keeps it, disabled" },
  {
    usage: "list-aliases [options] [key]",
    about: "all aliases that lead to a key, or those of one",
  },
  { usage: "list-grants [options] <key>", about: "the grants on a key" },
  { usage: "get-key-policy [options] <key>", about: "the policy of a key" },
  {
    usage: "put-key-policy [options] <key> <file>",
    about: "gives a key the policy in a file",
  },
  {
    usage: "explain [options] <principal> <operation> [input]",
    about: "why a call would be allowed or refused; the input is a key or JSON",
  },
  {
    usage: "lint-policy [options] <file>",
    about: "what is wrong with a policy, and what is not what it seems",
    own: "--kind <kind> keyPolicy, identityPolicy, … (default: keyPolicy) ",
    opens: false,
  },
  {
    usage: "make-root-key [options] <file>",
    about: "a new root key in a new file, readable by its owner alone",
    opens: false,
  },
  { usage: "create-database [options]", about: "a new, empty database", opens: false },
  {
    usage: "backup [options] <file>",
    about: "a consistent copy in a new file, while hosts go on",
  },
  {
    usage: "restore [options] <backup>",
    about: "a new database out of a backup",
    opens: false,
  },
  {
    usage: "verify [options]",
    about: "walks through the whole store and names every record that is not as it should be",
  },
  { usage: "rewrap [options]", about: "a new domain key, and everything under it" },
  {
    usage: "reseal [options]",
    about: "another root key or passphrase, while hosts go on",
    own:
      "--to-root-key-file <file> the new root key " +
      "--to-passphrase-file <file> the new passphrase " +
      "--retire afterwards the former one opens nothing ",
    opens: false,
    confirms: true,
  },
  { usage: "sweep [options]", about: "clears up what has become due" },
]

describe("the help of the command", () => {
  test("names every command, and what it does", async () => {
    const { code, out, told } = await typed(["--help"])
    expect({ code, told }).toEqual({ code: 0, told: "" })
    expect(inOneLine(out)).toBe(
      "Usage: keywright [options] [command] " +
        "Keys in a SQLite file, with the semantics of AWS KMS " +
        "Options: -h, --help display help for command Commands: " +
        commands.map(({ usage, about }) => `${usage} ${about}`).join(" ") +
        " help [command] display help for command",
    )
  })

  it.each(commands)("names the options of $usage", async (words) => {
    const { usage, about, own = "", opens = true, confirms = false } = words
    const { code, out } = await typed([usage.split(" ")[0] ?? "", "--help"])
    expect(code).toBe(0)
    expect(inOneLine(out)).toBe(
      `Usage: keywright ${usage} ${about} Options: ${own}${database}` +
        `${opens ? as : ""}${confirms ? yes : ""}${end}`,
    )
    expect(out).toBe(out.trimEnd())
  })
})

import type { SweepReport } from "@keywright/core"
import { backupFile } from "../backup-file.js"
import { isEmptyDatabase, isThere } from "../open-database.js"
import { restoreKms } from "../restore-kms.js"
import { writeRootKey } from "../root-key-file.js"
import { databaseOf, openDatabaseOf, rootKeyOf } from "./open-database-of.js"
import { argument, type CommandRow, type OpenWork, textOf, UsageError, type Work } from "./row.js"
import { badNews, type Found } from "./show.js"

const sweepsMax = 100_000

async function rewrap({ kms, progress }: OpenWork): Promise<Found> {
  await kms.rotateDomainKey()
  const bar = progress("records")
  let rewrapped = 0
  for (let sweeps = 0; sweeps < sweepsMax; sweeps += 1) {
    const { recordsRewrapped, recordsToRewrap, domainKeysLeft } = await kms.sweep()
    rewrapped += recordsRewrapped
    bar.at(rewrapped, rewrapped + recordsToRewrap)
    if (recordsToRewrap > 0 && recordsRewrapped > 0) continue
    bar.end()
    return {
      value: { recordsRewrapped: rewrapped, recordsToRewrap, domainKeysLeft },
      text:
        `${rewrapped} records are under the new domain key; ${recordsToRewrap} are left, and ` +
        `${domainKeysLeft} former domain keys, which sweeps drop a day after nothing needs them`,
    }
  }
  throw new Error("others write faster than records can be put under the new domain key")
}

async function verify({ kms, progress }: OpenWork): Promise<Found> {
  const bar = progress("records")
  const report = await kms.verify({ onProgress: ({ records, total }) => bar.at(records, total) })
  bar.end()
  const { isWhole, records, findings, findingsCount } = report
  if (isWhole) return { value: report, text: `${records} records, and nothing is wrong` }
  const rows = findings.map(({ key, wrong, detail }) => [key, wrong, detail])
  const columns = ["record", "wrong", `${findingsCount} findings`]
  return { value: report, table: [columns, ...rows], exitCode: badNews }
}

async function backup(work: OpenWork): Promise<Found> {
  const file = argument(work, 0)
  const bar = work.progress("records")
  const report = await work.kms.backup(backupFile(file), {
    onProgress: ({ records, total }) => bar.at(records, total),
  })
  bar.end()
  const { records, bytes } = report
  return {
    value: report,
    text: `${records} records in ${file}, ${bytes} bytes: keep them apart from the root key`,
  }
}

async function restore(work: Work): Promise<Found> {
  const { region } = work.given
  const path = databaseOf(work.given)
  const given = await rootKeyOf(work.given, work.terminal)
  const bar = work.progress("records")
  try {
    const report = await restoreKms({
      path,
      backup: argument(work, 0),
      ...given,
      ...(region !== undefined && { region }),
      onProgress: ({ records }) => bar.at(records, records),
    })
    return { value: report, text: `${report.records} records in ${path}` }
  } finally {
    bar.end()
    given.rootKey?.fill(0)
  }
}

/** Opened by both, so that hosts which have the former one alone go on. */
async function reseal(work: Work): Promise<Found> {
  const [rootKeyFile, passphraseFile] = [
    textOf(work, "toRootKeyFile"),
    textOf(work, "toPassphraseFile"),
  ]
  if ((rootKeyFile === undefined) === (passphraseFile === undefined)) {
    throw new UsageError("name one of --to-root-key-file and --to-passphrase-file")
  }
  const { database, region, account } = work.given
  const to = { database, region, account, rootKeyFile, passphraseFile }
  const former = await rootKeyOf(work.given, work.terminal)
  const isRetired = work.given["retire"] === true
  const kms = await openDatabaseOf(to, work.terminal, { former })
  try {
    await kms.reseal({ former: isRetired ? "retired" : "kept" })
  } finally {
    await kms.close()
  }
  return {
    value: { former: isRetired ? "retired" : "kept" },
    text: isRetired
      ? "the database opens with the new one alone"
      : "the database opens with both: restart every host with the new one, then --retire",
  }
}

/** What several sweeps have come to: what is left is as the last one left it. */
const joined = (former: SweepReport, last: SweepReport): SweepReport => ({
  ...last,
  keysDeleted: former.keysDeleted + last.keysDeleted,
  keysExpired: former.keysExpired + last.keysExpired,
  keysRotated: former.keysRotated + last.keysRotated,
  messagesDelivered: former.messagesDelivered + last.messagesDelivered,
  recordsRewrapped: former.recordsRewrapped + last.recordsRewrapped,
  domainKeysRetired: former.domainKeysRetired + last.domainKeysRetired,
  lateMs: Math.max(former.lateMs, last.lateMs),
  regionsUnreachable: [...new Set([...former.regionsUnreachable, ...last.regionsUnreachable])],
  unreadable: [...new Set([...former.unreadable, ...last.unreadable])],
  unsettled: [...former.unsettled, ...last.unsettled],
})

async function sweep({ kms }: OpenWork): Promise<Found> {
  let last = await kms.sweep()
  let report = last
  while (last.next !== undefined) {
    last = await kms.sweep({ after: last.next })
    report = joined(report, last)
  }
  const { recordsToRewrap: _, ...shown } = report
  const isLeft = report.unsettled.length > 0 || report.unreadable.length > 0
  return {
    value: report,
    table: Object.entries(shown)
      .filter(([, count]) => typeof count === "number")
      .map(([name, count]) => [name, `${count}`]),
    exitCode: isLeft ? badNews : 0,
  }
}

export const careRows: readonly CommandRow[] = [
  {
    name: "make-root-key",
    args: ["<file>"],
    about: "a new root key in a new file, readable by its owner alone",
    opens: false,
    run: async (work) => {
      const file = argument(work, 0)
      if (!(await writeRootKey(file))) throw new Error(`\`${file}\` exists already`)
      return { value: { file }, text: `${file}: keep a copy where the database is not` }
    },
  },
  {
    name: "create-database",
    about: "a new, empty database",
    opens: false,
    run: async (work) => {
      const path = databaseOf(work.given)
      if (isThere(path) && !(await isEmptyDatabase(path))) {
        throw new Error(`\`${path}\` exists already`)
      }
      const kms = await openDatabaseOf(work.given, work.terminal, { create: "if-missing" })
      const { region, account } = kms
      await kms.close()
      return { value: { path, region, account }, text: `${path}, of ${account} in ${region}` }
    },
  },
  {
    name: "backup",
    args: ["<file>"],
    about: "a consistent copy in a new file, while hosts go on",
    opens: true,
    run: backup,
  },
  {
    name: "restore",
    args: ["<backup>"],
    about: "a new database out of a backup",
    opens: false,
    run: restore,
  },
  {
    name: "verify",
    about: "walks through the whole store and names every record that is not as it should be",
    opens: true,
    run: verify,
  },
  {
    name: "rewrap",
    about: "a new domain key, and everything under it",
    opens: true,
    run: rewrap,
  },
  {
    name: "reseal",
    about: "another root key or passphrase, while hosts go on",
    options: [
      ["--to-root-key-file <file>", "the new root key"],
      ["--to-passphrase-file <file>", "the new passphrase"],
      ["--retire", "afterwards the former one opens nothing"],
    ],
    confirm: ({ given }) =>
      given["retire"] === true
        ? "Hosts that have only the former root key can open the database no more. Retire it?"
        : undefined,
    opens: false,
    run: reseal,
  },
  {
    name: "sweep",
    about: "clears up what has become due",
    opens: true,
    run: sweep,
  },
]

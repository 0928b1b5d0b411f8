import type {
  DocumentCoverage,
  PolicyCoverage,
  Ratio,
  StatementCoverage,
} from "./policy-coverage.js"

/** What a threshold is set for. */
export const coverageFigures = ["statements", "conditions", "grants", "mutants"] as const

export type CoverageFigure = (typeof coverageFigures)[number]

/** The least percentage that will do, for each figure that shall be held. */
export type CoverageThresholds = { readonly [Figure in CoverageFigure]?: number | undefined }

/** Of nothing, everything is covered. */
const percentOf = ({ covered, total }: Ratio): number =>
  total === 0 ? 100 : (100 * covered) / total

const shown = (ratio: Ratio): string =>
  `${ratio.covered} of ${ratio.total} (${Math.floor(percentOf(ratio))} %)`

/**
 * What is below its threshold, one sentence each. Where no policy was asked at all, nothing was
 * recorded, and no threshold is reached. Throws `TypeError` for what is no percentage.
 */
export function missedThresholds(
  coverage: PolicyCoverage,
  thresholds: CoverageThresholds,
): readonly string[] {
  for (const [figure, percent] of Object.entries(thresholds)) {
    const isKnown = (coverageFigures as readonly string[]).includes(figure)
    if (!isKnown) throw new TypeError(`\`thresholds\` has no \`${figure}\``)
    const isPercentage = typeof percent === "number" && percent >= 0 && percent <= 100
    if (percent !== undefined && !isPercentage) {
      throw new TypeError(`\`thresholds.${figure}\` must be a percentage`)
    }
  }
  const isWanted = Object.values(thresholds).some((percent) => percent !== undefined)
  if (isWanted && coverage.documents.length === 0) {
    return ["policy coverage: no policy was asked; is what the tests do recorded?"]
  }
  return coverageFigures.flatMap((figure) => {
    const least = thresholds[figure]
    if (least === undefined || percentOf(coverage[figure]) >= least) return []
    return [`policy coverage: ${figure} ${shown(coverage[figure])} do not reach ${least} %`]
  })
}

const summaries: { readonly [Figure in CoverageFigure]: string } = {
  statements: "statements that decided",
  conditions: "conditions seen to hold and to fail",
  grants: "grants that decided",
  mutants: "mistakes that would be noticed",
}

/** The first of a list, and how many more there are. */
function some(list: readonly string[], most: number): string {
  const more = list.length - most
  return list.slice(0, most).join(", ") + (more > 0 ? ` and ${more} more` : "")
}

const sidOf = ({ sid }: StatementCoverage): string => (sid === undefined ? "" : ` "${sid}"`)

function gapsOfStatement(statement: StatementCoverage): readonly string[] {
  const name = `${statement.effect} statement ${statement.statement}${sidOf(statement)}`
  const { applied, decided } = statement
  const gaps = decided > 0 ? [] : [applied === 0 ? "never applied" : "applied, but never decided"]
  for (const { operator, key, held, failed } of statement.conditions) {
    if (held === 0) gaps.push(`condition ${operator} ${key} never held`)
    if (failed === 0) gaps.push(`condition ${operator} ${key} never failed`)
  }
  return gaps.map((gap) => `    ${name}: ${gap}`)
}

function gapsOfDocument(document: DocumentCoverage): readonly string[] {
  const gaps = document.statements.flatMap(gapsOfStatement)
  if (gaps.length === 0) return []
  const owner =
    document.questions === 0 ? " that was never asked" : ` of ${some(document.attachedTo, 1)}`
  return [`  ${document.document}${owner}`, ...gaps]
}

function groupBy<Item>(items: readonly Item[], nameOf: (item: Item) => string) {
  const groups = new Map<string, [Item, ...Item[]]>()
  for (const item of items) {
    const group = groups.get(nameOf(item))
    if (group === undefined) groups.set(nameOf(item), [item])
    else group.push(item)
  }
  return groups
}

/** Coverage as plain text for a terminal: the figures, then only what is missing. */
export function renderPolicyCoverage(coverage: PolicyCoverage): string {
  const lines = ["policy coverage"]
  for (const figure of coverageFigures) {
    if (coverage[figure].total > 0) {
      lines.push(`  ${summaries[figure]}: ${shown(coverage[figure])}`)
    }
  }
  const gaps = coverage.documents.flatMap(gapsOfDocument)
  for (const { grantee, operations, decided } of coverage.grantList) {
    if (decided === 0) gaps.push(`  grant to ${grantee} (${operations.join(", ")}): never decided`)
  }
  if (gaps.length > 0) lines.push("never decided", ...gaps)
  if (coverage.unnoticed.length > 0) lines.push("mistakes that nobody would notice")
  for (const [of, mutants] of groupBy(coverage.unnoticed, (mutant) => mutant.of)) {
    lines.push(`  ${of}`)
    for (const [part, ofPart] of groupBy(mutants, (mutant) => mutant.part)) {
      lines.push(`    ${part}: ${ofPart.map(({ change }) => change).join("; ")}`)
    }
    const [{ questions, tests }] = mutants
    lines.push(
      tests.length === 0
        ? `    ${questions} answers stay the same`
        : `    still pass: ${some(tests, 3)}`,
    )
  }
  return `${lines.join("\n")}\n`
}

import {
  type Grant,
  oppositeCondition,
  type PlainStatement,
  type PlainTexts,
} from "@keywright/policy"

/** A change of something that decides: what becomes of it, and of what it was. */
export interface Mutation<Of> {
  /** What was done, for a report: `without its condition Bool aws:SecureTransport`. */
  readonly what: string
  /** `undefined` when it is dropped. */
  readonly changed: Of | undefined
}

/** One way to make a mistake. Answers every place where it can be made, which may be none. */
interface Mutator<Of> {
  readonly name: string
  mutate(of: Of): readonly Mutation<Of>[]
}

const without = <Value>(list: readonly Value[], at: number): readonly Value[] =>
  list.filter((_, i) => i !== at)

/** The same without each of its entries in turn, but for the last that is left. */
const thinned = <Value>(list: readonly Value[]) =>
  list.length < 2 ? [] : list.map((dropped, at) => ({ dropped, left: without(list, at) }))

const { fromEntries, entries } = Object

interface Condition {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

const conditionsOf = ({ Condition = {} }: PlainStatement): readonly Condition[] =>
  entries(Condition).flatMap(([operator, byKey]) =>
    entries(byKey).map(([key, values]) => ({ operator, key, values })),
  )

/** The statement with other conditions. */
function withConditions(
  { Condition: _, ...statement }: PlainStatement,
  conditions: readonly Condition[],
): PlainStatement {
  if (conditions.length === 0) return statement
  const operators = [...new Set(conditions.map(({ operator }) => operator))]
  const ofOperator = (name: string): PlainTexts =>
    fromEntries(
      conditions
        .filter(({ operator }) => operator === name)
        .map(({ key, values }) => [key, values]),
    )
  return { ...statement, Condition: fromEntries(operators.map((name) => [name, ofOperator(name)])) }
}

/** Makes mutations of each condition in turn. */
const eachCondition = (
  statement: PlainStatement,
  change: (condition: Condition) => readonly { what: string; to: Condition | undefined }[],
): readonly Mutation<PlainStatement>[] => {
  const conditions = conditionsOf(statement)
  return conditions.flatMap((condition, at) =>
    change(condition).map(({ what, to }) => ({
      what,
      changed: withConditions(
        statement,
        to === undefined ? without(conditions, at) : conditions.with(at, to),
      ),
    })),
  )
}

const named = ({ operator, key }: Condition): string => `${operator} ${key}`

/** Every principal of a statement, by kind. */
const principalsOf = ({ Principal = "*" }: PlainStatement) =>
  Principal === "*"
    ? []
    : entries(Principal).flatMap(([kind, names]) => names.map((name) => ({ kind, name })))

const dropEach = (
  statement: PlainStatement,
  element: "Action" | "NotAction" | "Resource" | "NotResource",
): readonly Mutation<PlainStatement>[] =>
  thinned(statement[element] ?? []).map(({ dropped, left }) => ({
    what: `without its ${element} ${dropped}`,
    changed: { ...statement, [element]: left },
  }))

/** The mistakes that are made with statements. */
export const statementMutators: readonly Mutator<PlainStatement>[] = [
  {
    name: "drop-statement",
    mutate: () => [{ what: "dropped", changed: undefined }],
  },
  {
    name: "flip-effect",
    mutate: (statement) => {
      const Effect = statement.Effect === "Allow" ? "Deny" : "Allow"
      return [{ what: `with the effect ${Effect}`, changed: { ...statement, Effect } }]
    },
  },
  {
    name: "widen-principal",
    mutate: ({ NotPrincipal, ...statement }) => {
      if (NotPrincipal === undefined && principalsOf(statement).length === 0) return []
      return [{ what: "for every principal", changed: { ...statement, Principal: "*" } }]
    },
  },
  {
    name: "drop-principal",
    mutate: (statement) =>
      thinned(principalsOf(statement)).map(({ dropped, left }) => {
        const kinds = [...new Set(left.map(({ kind }) => kind))]
        const namesOf = (of: string) =>
          left.filter(({ kind }) => kind === of).map(({ name }) => name)
        const Principal = fromEntries(kinds.map((kind) => [kind, namesOf(kind)]))
        return { what: `without ${dropped.name}`, changed: { ...statement, Principal } }
      }),
  },
  {
    name: "widen-action",
    mutate: ({ Action, NotAction, ...statement }) => {
      if (Action === undefined && NotAction === undefined) return []
      if (Action?.some((action) => action === "*" || action === "kms:*")) return []
      return [{ what: "for every action", changed: { ...statement, Action: ["kms:*"] } }]
    },
  },
  {
    name: "drop-action",
    mutate: (statement) => [...dropEach(statement, "Action"), ...dropEach(statement, "NotAction")],
  },
  {
    name: "widen-resource",
    mutate: ({ Resource, NotResource, ...statement }) => {
      if (Resource === undefined && NotResource === undefined) return []
      if (Resource?.includes("*")) return []
      return [{ what: "for every resource", changed: { ...statement, Resource: ["*"] } }]
    },
  },
  {
    name: "drop-resource",
    mutate: (statement) => [
      ...dropEach(statement, "Resource"),
      ...dropEach(statement, "NotResource"),
    ],
  },
  {
    name: "drop-condition",
    mutate: (statement) =>
      eachCondition(statement, (condition) => [
        { what: `without its condition ${named(condition)}`, to: undefined },
      ]),
  },
  {
    name: "negate-condition",
    mutate: (statement) =>
      eachCondition(statement, (condition) => {
        const opposite = oppositeCondition(condition)
        if (opposite === undefined) return []
        const to = { ...condition, ...opposite }
        const isTaken = conditionsOf(statement).some(
          (other) => named(other) !== named(condition) && named(other) === named(to),
        )
        if (isTaken) return []
        return [{ what: `with the condition ${named(condition)} negated`, to }]
      }),
  },
  {
    name: "drop-condition-value",
    mutate: (statement) =>
      eachCondition(statement, (condition) =>
        thinned(condition.values).map(({ dropped, left }) => ({
          what: `without ${dropped} in its condition ${named(condition)}`,
          to: { ...condition, values: left },
        })),
      ),
  },
]

/** The mistakes that are made with grants. */
export const grantMutators: readonly Mutator<Grant>[] = [
  { name: "drop-grant", mutate: () => [{ what: "dropped", changed: undefined }] },
  {
    name: "drop-constraints",
    mutate: ({ constraints, ...grant }) =>
      constraints === undefined || Object.values(constraints).every((one) => one === undefined)
        ? []
        : [{ what: "without its constraints", changed: grant }],
  },
  {
    name: "drop-operation",
    mutate: (grant) =>
      thinned(grant.operations).map(({ dropped, left }) => ({
        what: `without ${dropped}`,
        changed: { ...grant, operations: left },
      })),
  },
]

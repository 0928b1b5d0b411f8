/*
 * The key policy that most keys have. A record names it instead of repeating it, which is a
 * quarter of the record. The text is part of the format: it stays as it is here, whatever policy
 * new keys may come to get.
 */

const head =
  '{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User ' +
  'Permissions","Effect":"Allow","Principal":{"AWS":"arn:'
const tail = (account: string): string =>
  `:iam::${account}:root"},"Action":"kms:*","Resource":"*"}]}`

const partitionForm = /^[a-z][a-z0-9-]{0,31}$/
export const isPartitionName = (text: string): boolean => partitionForm.test(text)

/** The partition whose default policy a text is, for the keys of an account. */
export function partitionOfDefault(policy: unknown, account: string): string | undefined {
  if (typeof policy !== "string" || !policy.startsWith(head)) return undefined
  const end = tail(account)
  if (!policy.endsWith(end)) return undefined
  const partition = policy.slice(head.length, -end.length)
  return isPartitionName(partition) ? partition : undefined
}

/** The inverse of {@link partitionOfDefault}: one text for all keys that are read in a row. */
export function createDefaultPolicies(): (partition: string, account: string) => string {
  let known = { partition: "", account: "", text: "" }
  return (partition, account) => {
    if (known.account !== account || known.partition !== partition) {
      known = { partition, account, text: head + partition + tail(account) }
    }
    return known.text
  }
}

/*
 * The SQL of the store. All names are qualified, and none of it is made of anything but the name
 * of the schema, so that a search path of somebody else's leads nowhere.
 */

/** The number of the layout; a store that says another is refused. */
export const format = 1

/** More locks than this in one commit are one lock on everything instead. */
const locksMax = 32
/** Keys share locks: so many are enough for writers not to meet, and few for the server's table. */
const buckets = 256

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  return hash | 0
}

/** A number for the advisory locks of a schema: the same in all hosts and versions. */
const lockClassOf = (schema: string): number => hashOf(`keywright ${schema}`)

/** The functions that are called today; they have their versions in their names. */
const functions = {
  commit: "keywright_commit_2",
  get: "keywright_get_2",
  list: "keywright_list_2",
  primary: "keywright_primary_1",
  awaken: "keywright_awaken_1",
}

/** From the catalogue: a session remembers what it did not find before it waited. */
const hasFunctions = (schema: string): string => `(
    select count(*) from pg_catalog.pg_proc routine
      join pg_catalog.pg_namespace space on space.oid = routine.pronamespace
      where space.nspname = '${schema}'
        and routine.proname in (${literals(Object.values(functions))})
  ) = ${Object.keys(functions).length}`

const literals = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ")

/**
 * Makes what is not there yet, in one statement, so that hosts that start together and poolers
 * that share sessions do no harm. Older hosts commit by the function that they know, which is
 * today's under another name: the first one acknowledged what it found after a crash.
 */
export function schemaSql(schema: string): Statement {
  const lockClass = lockClassOf(schema)
  const text = `do $schema$
begin
  perform pg_advisory_xact_lock(${lockClass}, -2);
  if not exists (
    select 1 from pg_catalog.pg_tables
      where schemaname = '${schema}' and tablename = 'keywright_store'
  ) then
    if to_regnamespace('${schema}') is null then create schema ${schema}; end if;
    create table ${schema}.keywright_entry (
      key text collate "C" primary key,
      revision bigint not null,
      value bytea not null
    );
    alter table ${schema}.keywright_entry alter column value set storage external;
    create table ${schema}.keywright_lane (
      lane text primary key,
      number bigint not null,
      revision bigint not null,
      used timestamptz not null
    );
    create sequence ${schema}.keywright_revision;
    create table ${schema}.keywright_store (
      id integer primary key check (id = 1),
      format integer not null
    );
    insert into ${schema}.keywright_store values (1, ${format});
  end if;
  if ${hasFunctions(schema)} then return; end if;
  create unlogged table if not exists ${schema}.keywright_awake (
    id integer primary key check (id = 1),
    name uuid not null
  );
  create or replace function ${schema}.keywright_locks_1(change jsonb)
    returns jsonb language sql as ${locksBody};
  create or replace function
    ${schema}.${functions.commit}(change text, lane_ text, number_ bigint, rules text)
    returns bigint language plpgsql as ${commitBody(schema, lockClass)};
  create or replace function
    ${schema}.keywright_commit_1(change text, lane_ text, number_ bigint, rules text)
    returns bigint language sql
    as $former$ select ${schema}.${functions.commit}($1, $2, $3, $4) $former$;
  create or replace function ${schema}.${functions.primary}()
    returns text language plpgsql stable as ${primaryBody(schema)};
  create or replace function ${schema}.${functions.awaken}()
    returns text language plpgsql as ${awakenBody(schema)};
  create or replace function ${schema}.${functions.get}(keys text[])
    returns ${entries} language plpgsql stable as ${readBody(schema, ofKeys)};
  create or replace function ${schema}.${functions.list}(from_ text, to_ text, limit_ integer)
    returns ${entries} language plpgsql stable as ${readBody(schema, ofInterval)};
end $schema$`
  return { text }
}

/** When a primary was started; a standby says nothing. */
const started = `case when not pg_is_in_recovery()
    then date_part('epoch', pg_postmaster_start_time())::text end`

/*
 * A primary is named by when it was started, and by what stands in a table that is empty after
 * every crash: a server goes on when one of its processes was killed, and has recovered all the
 * same. A standby has no name, and may not even ask for that table.
 *
 * Source: PostgreSQL, CREATE TABLE, "UNLOGGED".
 */
const primaryBody = (schema: string): string => `$primary$
begin
  if pg_is_in_recovery() then return null; end if;
  return ${started} || ' ' ||
    coalesce((select awake.name::text from ${schema}.keywright_awake awake), '');
end $primary$`

/*
 * Writes a line of the server's log, and waits for a standby to have it; then a standby has all
 * that was written before. The name that the primary has from then on is one of before the wait.
 */
const awakenBody = (schema: string): string => `$awaken$
begin
  if pg_is_in_recovery() then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  insert into ${schema}.keywright_awake values (1, gen_random_uuid()) on conflict do nothing;
  perform pg_logical_emit_message(true, 'keywright', '');
  return ${schema}.${functions.primary}();
end $awaken$`

const entries = "table (started text, key text, revision text, value bytea)"
const ofKeys = "where entry.key = any(keys)"
const ofInterval = "where entry.key >= from_ and entry.key < to_ order by entry.key limit limit_"

/*
 * A session plans what its functions ask once, and what it is sent each time. One row at least,
 * which names the primary, even where nothing is found.
 */
const readBody = (schema: string, found: string): string => `$read$
begin
  started := ${schema}.${functions.primary}();
  for key, revision, value in
    select entry.key, entry.revision::text, entry.value
      from ${schema}.keywright_entry entry ${found}
  loop
    return next;
  end loop;
  if not found then return next; end if;
end $read$`

/*
 * Takes the locks of all keys in one order, so that commits wait for each other and never in a
 * ring, and looks at what is stored only then: each statement sees what was committed before it.
 * A key that is only expected is locked, too, also where nothing is stored under it. The revision
 * is drawn under the locks: a later commit of a key has a larger one. A lane remembers the last
 * commit that went through it, so that one whose answer was lost is not made twice.
 */
const commitBody = (schema: string, lockClass: number): string => `$commit$
declare
  parsed constant jsonb := change::jsonb;
  locks constant jsonb := ${schema}.keywright_locks_1(parsed);
  lock jsonb;
  drawn bigint;
begin
  if rules <> 'unchecked' and current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  if rules = 'replicated' then
    if current_setting('synchronous_standby_names') = '' then
      raise exception 'no standby has to have what is committed' using errcode = 'KW001';
    end if;
    if current_setting('synchronous_commit') in ('local', 'remote_write') then
      perform set_config('synchronous_commit', 'on', true);
    end if;
  end if;

  if jsonb_array_length(locks) > ${locksMax} then
    perform pg_advisory_xact_lock(${lockClass}, -1);
  else
    perform pg_advisory_xact_lock_shared(${lockClass}, -1);
    for lock in select one from jsonb_array_elements(locks) one loop
      if (lock->>1)::boolean then
        perform pg_advisory_xact_lock(${lockClass}, (lock->>0)::integer);
      else
        perform pg_advisory_xact_lock_shared(${lockClass}, (lock->>0)::integer);
      end if;
    end loop;
  end if;

  select revision into drawn from ${schema}.keywright_lane
    where lane = lane_ and number = number_;
  if found then
    -- After a crash a commit stands here that no standby may have: the wait for one begins anew.
    update ${schema}.keywright_lane set used = now() where lane = lane_;
    return drawn;
  end if;
  if exists (
    select 1 from jsonb_array_elements(parsed->'expect') wanted
      left join ${schema}.keywright_entry entry on entry.key = wanted->>0
      where entry.revision is distinct from (wanted->>1)::bigint
  ) then return 0; end if;

  drawn := nextval('${schema}.keywright_revision');
  insert into ${schema}.keywright_entry (key, revision, value)
    select put->>0, drawn, decode(put->>1, 'base64') from jsonb_array_elements(parsed->'put') put
    on conflict (key) do update set revision = excluded.revision, value = excluded.value;
  delete from ${schema}.keywright_entry
    where key in (select jsonb_array_elements_text(parsed->'remove'));
  if jsonb_array_length(parsed->'put') + jsonb_array_length(parsed->'remove') > 0 then
    insert into ${schema}.keywright_lane (lane, number, revision, used)
      values (lane_, number_, drawn, now())
      on conflict (lane) do update
        set number = excluded.number, revision = excluded.revision, used = excluded.used;
  end if;
  return drawn;
end $commit$`

/** The locks of a change in their order: the number of each, and whether it writes there. */
const locksBody = `$locks$
  select coalesce(jsonb_agg(jsonb_build_array(place, writes) order by place), '[]')
  from (
    select mod(hashtext(key) & 65535, ${buckets}) as place, bool_or(writes) as writes
    from (
      select one->>0 as key, false as writes from jsonb_array_elements(change->'expect') one
      union all select one->>0, true from jsonb_array_elements(change->'put') one
      union all select one, true from jsonb_array_elements_text(change->'remove') one
    ) named group by 1
  ) locks
$locks$`

/** One that runs all the time has a name, under which a connection may prepare it. */
export interface Statement {
  readonly text: string
  readonly name?: string
}

/** Another text has another name: connections of a pooler are shared with other schemas. */
const named = (name: string, text: string): Statement => ({
  text,
  name: `keywright_${name}_${(hashOf(text) >>> 0).toString(16)}`,
})

/** The statements of a schema that run all the time. */
export const statementsOf = (schema: string) => ({
  /** Answers a revision, 0 where an expectation did not hold. */
  commit: named(
    "commit",
    `select ${schema}.${functions.primary}() as started,
    ${schema}.${functions.commit}($1, $2, $3, $4)::text as revision`,
  ),
  get: named("get", `select * from ${schema}.${functions.get}($1)`),
  list: named("list", `select * from ${schema}.${functions.list}($1, $2, $3)`),
  /** Differs whenever anything was committed in between; the name of the primary is part of it. */
  state: named(
    "state",
    `select ${schema}.${functions.primary}() as started, pg_current_snapshot()::text as state`,
  ),
  /** Answers the name of a primary with which a standby has caught up. */
  awaken: {
    text: `select ${schema}.${functions.awaken}() as started,
    current_setting('synchronous_standby_names') as standbys`,
  },
  /** Lanes of hosts that have not written for a day. */
  forget: {
    text: `delete from ${schema}.keywright_lane where used < now() - interval '1 day'`,
  },
})

/** What the server says of itself, and of the store where there is one. */
export const serverSql: Statement = {
  text: `select ${started} as started,
  current_setting('server_version_num')::integer as version,
  current_setting('fsync') as fsync,
  current_setting('full_page_writes') as full_page_writes,
  current_setting('server_encoding') as encoding,
  current_setting('synchronous_standby_names') as standbys`,
}

/** The layout of a store, and whether it has the functions of today. */
export const formatSql = (schema: string): Statement => ({
  text: `select format, ${hasFunctions(schema)} as current
    from ${schema}.keywright_store where id = 1`,
})

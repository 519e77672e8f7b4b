#include "store/sqlite/state_schema.h"

#include <array>

namespace vedette::store::sqlite {
namespace {

// Times are ticks (base/time.h), 0 where not set; 64-bit ids and positions are the int64 of the
// same bits; enumerations are their values' order in model/ and ports/.
constexpr std::string_view incidents_and_outbox = R"sql(
CREATE TABLE incident (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  identity INTEGER NOT NULL UNIQUE,
  revision INTEGER NOT NULL,
  title TEXT NOT NULL,
  severity INTEGER NOT NULL,
  severity_set_by_person INTEGER NOT NULL,
  status INTEGER NOT NULL,
  classification INTEGER NOT NULL,
  closing_comment TEXT NOT NULL,
  owner TEXT NOT NULL,
  merged_into INTEGER NOT NULL,
  first_event INTEGER NOT NULL,
  last_event INTEGER NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  acknowledged INTEGER NOT NULL,
  closed INTEGER NOT NULL
) STRICT;
CREATE INDEX incident_open ON incident(number) WHERE status <> 2;

-- `body` is model/alert_record.h; the other columns are what is searched for. The grouping entity
-- is an alert's first one; bytes, since a user name need not be UTF-8.
CREATE TABLE incident_alert (
  alert INTEGER PRIMARY KEY,
  incident INTEGER NOT NULL REFERENCES incident(number),
  place INTEGER NOT NULL,
  grouping_type INTEGER NOT NULL,
  grouping_value BLOB NOT NULL,
  withdrawn INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX incident_alert_of ON incident_alert(incident, place);
CREATE INDEX incident_alert_about ON incident_alert(grouping_value, grouping_type);

CREATE TABLE timeline (
  id INTEGER PRIMARY KEY,
  incident INTEGER NOT NULL REFERENCES incident(number),
  kind INTEGER NOT NULL,
  at INTEGER NOT NULL,
  event INTEGER NOT NULL,
  actor TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX timeline_of ON timeline(incident, id);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  incident INTEGER NOT NULL REFERENCES incident(number),
  channel TEXT NOT NULL,
  change INTEGER NOT NULL,
  alert_id INTEGER NOT NULL,
  alert TEXT NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  maybe_delivered INTEGER NOT NULL,
  created INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL,
  settled INTEGER NOT NULL,
  remote_id TEXT NOT NULL,
  error TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox(channel, id) WHERE state = 0;
CREATE INDEX outbox_waiting ON outbox(channel, incident, id) WHERE state = 0;
CREATE INDEX outbox_named ON outbox(channel, alert_id, id) WHERE remote_id <> '';
CREATE INDEX outbox_by_state ON outbox(state, id);

-- How far detection is: one row.
CREATE TABLE detection (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  watermark INTEGER NOT NULL,
  checkpoint_position INTEGER,
  checkpoint BLOB
) STRICT;
INSERT INTO detection(only, watermark) VALUES (1, 0);
)sql";

// What is old is looked for every few minutes, and by the incident.
constexpr std::string_view retention = R"sql(
CREATE INDEX incident_closed ON incident(closed) WHERE status = 2;
CREATE INDEX outbox_settled ON outbox(settled) WHERE state <> 0;
CREATE INDEX outbox_of ON outbox(incident);
)sql";

// When and how messages are told: digests, cool-down, fall-back. Messages of before count as High
// and have no subject, so that nothing holds them.
constexpr std::string_view delivery_rules = R"sql(
ALTER TABLE outbox ADD COLUMN severity INTEGER NOT NULL DEFAULT 3;
ALTER TABLE outbox ADD COLUMN subject INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN batch TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN via TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN fell_back INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_told ON outbox(channel, subject, settled) WHERE state = 1;
CREATE INDEX outbox_sent ON outbox(channel, settled) WHERE state = 1;
CREATE INDEX outbox_batch ON outbox(channel, batch, id) WHERE state = 0 AND batch <> '';
CREATE INDEX outbox_tickets ON outbox(channel, incident, id) WHERE remote_id <> '';
)sql";

// Who may use the web app and the API, and what they did (model/access.h). Keys are kept as their
// SHA-256, passwords as Argon2id.
constexpr std::string_view access_and_audit = R"sql(
CREATE TABLE user (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  role INTEGER NOT NULL,
  password_hash TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  created INTEGER NOT NULL,
  last_log_in INTEGER NOT NULL
) STRICT;
CREATE TABLE session (
  key_hash TEXT PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES user(id),
  created INTEGER NOT NULL,
  used INTEGER NOT NULL
) STRICT;
CREATE INDEX session_of ON session(user);
CREATE TABLE device (
  key_hash TEXT NOT NULL,
  user INTEGER NOT NULL REFERENCES user(id),
  created INTEGER NOT NULL,
  PRIMARY KEY (user, key_hash)
) STRICT;
CREATE TABLE api_token (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  key_hash TEXT NOT NULL UNIQUE,
  role INTEGER NOT NULL,
  user INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  last_used INTEGER NOT NULL,
  revoked INTEGER NOT NULL
) STRICT;
CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
)sql";

// What was or is to be done to accounts (ports/action_store.h), and the trip-wire: one row.
constexpr std::string_view actions = R"sql(
CREATE TABLE action (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  incident INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  object_id TEXT NOT NULL,
  principal_name TEXT NOT NULL,
  mail TEXT NOT NULL,
  policy TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  requested INTEGER NOT NULL,
  evidence INTEGER NOT NULL,
  is_forgeable INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  state INTEGER NOT NULL,
  target TEXT NOT NULL,
  outcome TEXT NOT NULL,
  changed INTEGER NOT NULL,
  done INTEGER NOT NULL,
  next_look INTEGER NOT NULL,
  approved_by TEXT NOT NULL,
  approved_target TEXT NOT NULL,
  approved INTEGER NOT NULL,
  started INTEGER NOT NULL,
  is_ours INTEGER NOT NULL,
  looks INTEGER NOT NULL,
  attempts INTEGER NOT NULL
) STRICT;
CREATE INDEX action_due ON action(next_look, id) WHERE state IN (0, 2, 3) OR next_look > 0;
CREATE INDEX action_of ON action(incident, id);
CREATE INDEX action_started ON action(started) WHERE started > 0;
CREATE INDEX action_target ON action(target) WHERE is_ours = 1;
CREATE TABLE trip_wire (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  tripped INTEGER NOT NULL,
  why TEXT NOT NULL,
  reset_by TEXT NOT NULL,
  reset INTEGER NOT NULL
) STRICT;
INSERT INTO trip_wire(only, tripped, why, reset_by, reset) VALUES (1, 0, '', '', 0);
)sql";

// Other systems' incidents, and policies: which are armed, and how far each is with each incident.
constexpr std::string_view origins_and_policies = R"sql(
ALTER TABLE incident ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN notice TEXT NOT NULL DEFAULT '';
CREATE TABLE armed_policy (
  name TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  mode INTEGER NOT NULL,
  armed INTEGER NOT NULL,
  armed_by TEXT NOT NULL
) STRICT;
CREATE TABLE policy_case (
  incident INTEGER NOT NULL REFERENCES incident(number),
  policy TEXT NOT NULL,
  state INTEGER NOT NULL,
  episode INTEGER NOT NULL,
  why TEXT NOT NULL,
  matched INTEGER NOT NULL,
  started INTEGER NOT NULL,
  first_told INTEGER NOT NULL,
  last_warned INTEGER NOT NULL,
  steps_done INTEGER NOT NULL,
  ask_why TEXT NOT NULL,
  ending TEXT NOT NULL,
  told TEXT NOT NULL,
  changed INTEGER NOT NULL,
  PRIMARY KEY (incident, policy)
) STRICT;
CREATE INDEX policy_case_open ON policy_case(incident) WHERE state <> 2;
)sql";

// What proves besides the password who a user is; keys are sealed (access/seal.h), recovery codes
// are their SHA-256, by blanks.
constexpr std::string_view second_factors = R"sql(
CREATE TABLE second_factor (
  user INTEGER PRIMARY KEY REFERENCES user(id),
  sealed_key TEXT NOT NULL,
  last_step INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  created INTEGER NOT NULL,
  recovery_hashes TEXT NOT NULL
) STRICT;
)sql";

// What a token is for: names with blanks between them; none: all that its role may.
constexpr std::string_view token_scopes = R"sql(
ALTER TABLE api_token ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
)sql";

// What is to be done about an incident (model/incident_task.h).
constexpr std::string_view tasks = R"sql(
ALTER TABLE incident ADD COLUMN tasks TEXT NOT NULL DEFAULT '';
)sql";

// Indicators that were sent to other systems (ports/push_ledger.h), and how far each push has read.
constexpr std::string_view pushes = R"sql(
CREATE TABLE pushed_indicator (
  push TEXT NOT NULL,
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  modified INTEGER NOT NULL,
  received INTEGER NOT NULL,
  told INTEGER NOT NULL,
  content INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  state INTEGER NOT NULL,
  PRIMARY KEY (push, source, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE push_cursor (
  push TEXT PRIMARY KEY,
  cursor TEXT NOT NULL
) STRICT;
)sql";

// Hunts on the web app's page (model/hunt_run.h).
constexpr std::string_view hunts = R"sql(
CREATE TABLE hunt_run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person TEXT NOT NULL,
  at INTEGER NOT NULL,
  query TEXT NOT NULL,
  place TEXT NOT NULL,
  from_time INTEGER NOT NULL,
  to_time INTEGER NOT NULL,
  took_ms INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  problem TEXT NOT NULL,
  starred INTEGER NOT NULL,
  comment TEXT NOT NULL
) STRICT;
CREATE INDEX hunt_run_of ON hunt_run(person, id);
CREATE TABLE saved_hunt (
  name TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  query TEXT NOT NULL,
  span TEXT NOT NULL,
  pinned INTEGER NOT NULL,
  author TEXT NOT NULL,
  changed INTEGER NOT NULL
) STRICT;
)sql";

constexpr std::array<Migration, 11> migrations{{{1, incidents_and_outbox},
                                                {2, retention},
                                                {3, delivery_rules},
                                                {4, access_and_audit},
                                                {5, actions},
                                                {6, origins_and_policies},
                                                {7, second_factors},
                                                {8, token_scopes},
                                                {9, tasks},
                                                {10, pushes},
                                                {11, hunts}}};

}  // namespace

std::span<const Migration> state_migrations() {
  return migrations;
}

DatabaseOptions state_options(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  options.what = "the state database";
  options.migrations = state_migrations();
  return options;
}

base::Result<std::unique_ptr<Database>> open_state(const std::string& path, bool read_only) {
  DatabaseOptions options = state_options(path);
  options.read_only = read_only;
  return Database::open(options);
}

}  // namespace vedette::store::sqlite

-- What lists show, one narrow row a report. Times are milliseconds since 1970.
CREATE TABLE reports (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  space TEXT NOT NULL,
  number INTEGER NOT NULL,
  tracker TEXT NOT NULL,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  status TEXT NOT NULL,
  open INTEGER NOT NULL,
  resolution TEXT NOT NULL,
  reproducibility TEXT NOT NULL,
  severity TEXT NOT NULL,
  project TEXT NOT NULL,
  version TEXT NOT NULL,
  category TEXT NOT NULL,
  labels TEXT NOT NULL,
  reporter TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  private INTEGER NOT NULL,
  release TEXT NOT NULL,
  package TEXT NOT NULL,
  refs TEXT NOT NULL,                    -- JSON: [{kind, key, url}]
  content BLOB NOT NULL,                 -- hash of all that the tracker said
  -- Projections of what follows, kept in the same transactions.
  verdict TEXT NOT NULL DEFAULT '',
  decision TEXT NOT NULL DEFAULT '',     -- id of the decision in force
  disputed INTEGER NOT NULL DEFAULT 0,
  stale_build TEXT NOT NULL DEFAULT '',  -- why a newer build makes the decision stale
  suggested TEXT NOT NULL DEFAULT '',
  flaky INTEGER NOT NULL DEFAULT 0,
  last_run TEXT NOT NULL DEFAULT '',
  last_run_at INTEGER NOT NULL DEFAULT 0,
  recipe INTEGER NOT NULL DEFAULT 0      -- 0 none, 1 not accepted, 2 accepted
);
CREATE INDEX reports_updated ON reports(updated DESC, n DESC);
CREATE INDEX reports_created ON reports(created DESC, n DESC);
CREATE INDEX reports_verdict ON reports(verdict, updated DESC, n DESC);

CREATE TABLE texts (
  report INTEGER PRIMARY KEY REFERENCES reports(n),
  body TEXT NOT NULL,
  steps TEXT NOT NULL,
  additional TEXT NOT NULL,
  attachments TEXT NOT NULL              -- JSON
);

CREATE TABLE comments (
  report INTEGER NOT NULL REFERENCES reports(n),
  id INTEGER NOT NULL,
  author TEXT NOT NULL,
  text TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  private INTEGER NOT NULL,
  url TEXT NOT NULL,
  refs TEXT NOT NULL,
  apart INTEGER NOT NULL,                -- came without its report, which does not replace it
  PRIMARY KEY (report, id)
) WITHOUT ROWID;

CREATE TABLE named (                     -- what reports and their comments name
  key TEXT NOT NULL COLLATE NOCASE,
  report INTEGER NOT NULL REFERENCES reports(n),
  PRIMARY KEY (key, report)
) WITHOUT ROWID;
CREATE INDEX named_report ON named(report);

-- Contentless: the texts are in their own tables.
CREATE VIRTUAL TABLE search USING fts5(title, body, comments, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');

CREATE TABLE cursors (
  tracker TEXT NOT NULL,
  feed TEXT NOT NULL,
  mark INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  etag TEXT NOT NULL,
  url TEXT NOT NULL,
  extra TEXT NOT NULL,
  PRIMARY KEY (tracker, feed)
) WITHOUT ROWID;

CREATE TABLE syncs (
  tracker TEXT PRIMARY KEY,
  tried INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  error TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE recipes (                   -- the newest of a report is in force
  n INTEGER PRIMARY KEY,
  report TEXT NOT NULL,
  recipe BLOB NOT NULL,                  -- zstd of JSON
  hash TEXT NOT NULL,
  origin TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  author TEXT NOT NULL,
  accepted TEXT NOT NULL,
  accepted_by TEXT NOT NULL,
  accepted_at INTEGER NOT NULL
);
CREATE INDEX recipes_report ON recipes(report, n DESC);

CREATE TABLE package_sets (
  hash TEXT PRIMARY KEY,
  packages BLOB NOT NULL                 -- zstd of JSON
) WITHOUT ROWID;

CREATE TABLE prepared (
  n INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  image TEXT NOT NULL,
  at INTEGER NOT NULL,
  unavailable TEXT NOT NULL,
  print TEXT NOT NULL,                   -- JSON, without the packages
  packages TEXT NOT NULL                 -- hash of the set, '' for none
);
CREATE INDEX prepared_key ON prepared(key, at DESC);
CREATE UNIQUE INDEX prepared_image ON prepared(key, image, at);

CREATE TABLE images (                    -- what a target's reference was last found to be
  target TEXT NOT NULL,
  ref TEXT NOT NULL,
  image TEXT NOT NULL,                   -- JSON
  PRIMARY KEY (target, ref)
) WITHOUT ROWID;

CREATE TABLE builds (                    -- the build of a source package that a target last had
  target TEXT NOT NULL,
  source TEXT NOT NULL,                  -- with its module stream, if it has one
  evr TEXT NOT NULL,
  seen INTEGER NOT NULL,
  PRIMARY KEY (target, source)
) WITHOUT ROWID;

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  report TEXT NOT NULL,
  recipe BLOB NOT NULL,
  recipe_hash TEXT NOT NULL,
  hints TEXT NOT NULL,
  fixed INTEGER NOT NULL,
  started INTEGER NOT NULL,
  finished INTEGER NOT NULL,
  state TEXT NOT NULL,
  owner TEXT NOT NULL,
  author TEXT NOT NULL,
  imported INTEGER NOT NULL,
  suggestion TEXT NOT NULL,
  alma_result TEXT NOT NULL DEFAULT '',  -- what exports show: "k/n" of a side's attempts,
  stream_result TEXT NOT NULL DEFAULT '',
  alma_evr TEXT NOT NULL DEFAULT '',     -- and the subject's version there
  stream_evr TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX runs_report ON runs(report, id);
CREATE INDEX runs_running ON runs(state) WHERE state = 'running';

CREATE TABLE sides (
  run TEXT NOT NULL REFERENCES runs(id),
  n INTEGER NOT NULL,
  name TEXT NOT NULL,                    -- role, target and control: which side it is
  side TEXT NOT NULL,                    -- JSON, without what has a column or a table
  print TEXT NOT NULL,
  packages TEXT NOT NULL,
  attempts TEXT NOT NULL,                -- JSON: ids, in order
  PRIMARY KEY (run, n)
) WITHOUT ROWID;

CREATE TABLE attempts (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL REFERENCES runs(id),
  target TEXT NOT NULL,
  key TEXT NOT NULL,
  number INTEGER NOT NULL,
  started INTEGER NOT NULL,
  duration INTEGER NOT NULL,             -- nanoseconds
  timeout INTEGER NOT NULL,              -- nanoseconds
  done INTEGER NOT NULL,
  facts TEXT NOT NULL,
  log_bytes INTEGER NOT NULL,
  log_dropped INTEGER NOT NULL,
  log_sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX attempts_key ON attempts(key, started);
CREATE INDEX attempts_run ON attempts(run);

CREATE TABLE logs (
  attempt TEXT PRIMARY KEY REFERENCES attempts(id),
  lines BLOB NOT NULL                    -- zstd of JSON
) WITHOUT ROWID;

CREATE TABLE decisions (                 -- only ever added to
  id TEXT PRIMARY KEY,
  report TEXT NOT NULL,
  verdict TEXT NOT NULL,
  note TEXT NOT NULL,
  patch_url TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  run TEXT NOT NULL,
  suggested TEXT NOT NULL,
  undoes TEXT NOT NULL,
  report_updated INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX decisions_report ON decisions(report, id);

CREATE TABLE decided_builds (            -- the subject as the sides of a decision had it
  decision TEXT NOT NULL REFERENCES decisions(id),
  target TEXT NOT NULL,
  source TEXT NOT NULL,
  evr TEXT NOT NULL,
  seen INTEGER NOT NULL,
  PRIMARY KEY (decision, target, source)
) WITHOUT ROWID;
CREATE INDEX decided_builds_source ON decided_builds(target, source);

-- Batches of runs, so that one that was stopped goes on where it was.
CREATE TABLE batches (
  id TEXT PRIMARY KEY,
  started INTEGER NOT NULL,
  ended INTEGER NOT NULL DEFAULT 0,      -- 0: there is something left to do
  options TEXT NOT NULL                  -- JSON, whoever began it knows what
) WITHOUT ROWID;

CREATE TABLE batch_reports (
  batch TEXT NOT NULL REFERENCES batches(id),
  n INTEGER NOT NULL,                    -- the order
  report TEXT NOT NULL,
  error TEXT NOT NULL DEFAULT '',        -- why there is no run, '' if there is one or it was not tried
  PRIMARY KEY (batch, n)
) WITHOUT ROWID;

-- The batch that a run was made in: whether a report of it is done is read from
-- its runs, so that the two cannot differ.
ALTER TABLE runs ADD COLUMN batch TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_batch ON runs(batch) WHERE batch <> '';

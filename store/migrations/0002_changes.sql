-- The number of a report's last change, for those who keep a list of reports up
-- to date: there is one writer at a time, so the numbers' order is that of the
-- commits. A writer may give a new report its number itself, which is faster.
ALTER TABLE reports ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
UPDATE reports SET changed = n;
CREATE INDEX reports_changed ON reports(changed);
CREATE TRIGGER report_added AFTER INSERT ON reports WHEN new.changed = 0 BEGIN
  UPDATE reports SET changed = (SELECT max(changed) + 1 FROM reports) WHERE n = new.n;
END;
CREATE TRIGGER report_changed AFTER UPDATE ON reports WHEN new.changed = old.changed BEGIN
  UPDATE reports SET changed = (SELECT max(changed) + 1 FROM reports) WHERE n = new.n;
END;

-- The builds of its subject that a finished run's sides had, as JSON: to decide
-- on a thousand reports without reading their runs. '' until it is finished, and
-- for runs from before this column.
ALTER TABLE runs ADD COLUMN builds TEXT NOT NULL DEFAULT '';

-- What a day brought.
CREATE INDEX runs_started ON runs(started);
CREATE INDEX decisions_at ON decisions(at);

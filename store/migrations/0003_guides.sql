-- Guided reproductions that were begun: how far each has got, as JSON.
CREATE TABLE guides (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  state TEXT NOT NULL,
  done INTEGER NOT NULL,
  started INTEGER NOT NULL,
  updated INTEGER NOT NULL
);

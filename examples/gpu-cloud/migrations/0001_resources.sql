-- What an account has. The account's id comes from the identity that the gateway signs; every query is keyed by it.
-- Times are milliseconds since 1970; money is millionths of a dollar (micros), so that sums are exact.

-- Pods (one GPU) and Instant Clusters (several nodes): machines that run or are stopped.
CREATE TABLE machine (
  account    TEXT NOT NULL,
  id         TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('pod', 'cluster')),
  name       TEXT NOT NULL,
  gpu        TEXT NOT NULL,
  gpu_count  INTEGER NOT NULL CHECK (gpu_count > 0),
  state      TEXT NOT NULL CHECK (state IN ('running', 'stopped')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE endpoint (
  account    TEXT NOT NULL,
  id         TEXT NOT NULL,
  name       TEXT NOT NULL,
  requests   INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE volume (
  account    TEXT NOT NULL,
  id         TEXT NOT NULL,
  name       TEXT NOT NULL,
  size_gb    INTEGER NOT NULL CHECK (size_gb > 0),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

-- Never a card's number: its last four digits are all that is kept.
CREATE TABLE payment_method (
  account    TEXT NOT NULL,
  id         TEXT NOT NULL,
  brand      TEXT NOT NULL,
  last4      TEXT NOT NULL CHECK (last4 GLOB '[0-9][0-9][0-9][0-9]'),
  exp        TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

-- What was used from when to when: one row each time a machine runs, a volume has a size, or an endpoint stands.
-- Outlives the resource, since what was used is owed.
CREATE TABLE usage (
  account            TEXT NOT NULL,
  id                 TEXT NOT NULL,
  resource_type      TEXT NOT NULL CHECK (resource_type IN ('pod', 'cluster', 'endpoint', 'volume')),
  resource_id        TEXT NOT NULL,
  name               TEXT NOT NULL,
  what               TEXT NOT NULL,
  micros_per_hour    INTEGER NOT NULL CHECK (micros_per_hour >= 0),
  micros_per_request INTEGER NOT NULL DEFAULT 0 CHECK (micros_per_request >= 0),
  requests           INTEGER NOT NULL DEFAULT 0,
  started_at         INTEGER NOT NULL,
  ended_at           INTEGER CHECK (ended_at >= started_at),
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

-- A resource is billed once at a time, however many requests start it at once.
CREATE UNIQUE INDEX usage_open ON usage (resource_id) WHERE ended_at IS NULL;

-- What costs at this moment; new rows of usage are taken for these only.
CREATE VIEW billable AS
  SELECT account, id FROM machine WHERE state = 'running'
  UNION ALL SELECT account, id FROM endpoint
  UNION ALL SELECT account, id FROM volume;

-- What was answered to a change with an `Idempotency-Key`: sent again, it has the same answer and no second effect.
CREATE TABLE idempotency (
  account     TEXT NOT NULL,
  key         TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  answer      TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

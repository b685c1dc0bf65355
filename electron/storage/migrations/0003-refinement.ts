import type { Migration } from './migration.ts'

/**
 * [Note: lineage by content]
 * Pairs, votes, negatives and data sets refer to texts by content (document hash, page, text), never to passage rows:
 * re-indexing gives passages new ids, and a data set must still say which page of which file every text came from after
 * the file has left the library. `training_text` holds each text once.
 */
export const refinement: Migration = {
  version: 3,
  up: (db) =>
    db.exec(`
      -- Prompt templates that were used, by the hash of their content.
      CREATE TABLE prompt (
        hash    TEXT PRIMARY KEY,
        name    TEXT NOT NULL,
        version INTEGER NOT NULL,
        content TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      -- What generators answered. A repeated run, and one that goes on after an interruption, ask nothing twice.
      CREATE TABLE generation (
        prompt_hash   TEXT NOT NULL,
        model         TEXT NOT NULL,
        passage_hash  TEXT NOT NULL,
        answer        TEXT NOT NULL,
        input_tokens  INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        created_at    INTEGER NOT NULL,
        PRIMARY KEY (prompt_hash, model, passage_hash)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE training_text (
        id            INTEGER PRIMARY KEY,
        text          TEXT NOT NULL,
        sha256        TEXT NOT NULL,
        -- Empty and 0 for texts that were imported without a source.
        document_hash TEXT NOT NULL,
        title         TEXT NOT NULL,
        page          INTEGER NOT NULL,
        page_end      INTEGER NOT NULL,
        -- Of the passage that the text is, or was cut from.
        passage_hash  TEXT NOT NULL,
        UNIQUE (sha256, document_hash, page)
      ) STRICT;
      CREATE INDEX training_text_by_passage ON training_text(document_hash, passage_hash);

      CREATE TABLE pair (
        id          INTEGER PRIMARY KEY,
        -- The same in every library: work packages and repeated runs meet on it.
        key         TEXT NOT NULL UNIQUE,
        intent      TEXT NOT NULL,
        query       TEXT NOT NULL,
        positive_id INTEGER NOT NULL REFERENCES training_text(id),
        -- The whole passage that the pair was made from.
        source_id   INTEGER NOT NULL REFERENCES training_text(id),
        generator   TEXT NOT NULL,
        model       TEXT NOT NULL,
        prompt_hash TEXT,
        -- JSON: method, task, drawn attributes, and hard negatives that the generator wrote.
        details     TEXT NOT NULL,
        created_at  INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX pair_by_intent ON pair(intent, id);
      CREATE INDEX pair_by_positive ON pair(positive_id);
      CREATE INDEX pair_by_source ON pair(source_id);

      -- One ranking per pair and retriever, deep enough to decide by any rule and N without asking again.
      CREATE TABLE pair_vote (
        pair_id     INTEGER NOT NULL REFERENCES pair(id) ON DELETE CASCADE,
        retriever   TEXT NOT NULL,
        -- Model version and state of the library: a vote under another one is out of date.
        version     TEXT NOT NULL,
        -- JSON, best first: [document hash, page, passage hash, score].
        ranking     TEXT NOT NULL,
        voted_at    INTEGER NOT NULL,
        PRIMARY KEY (pair_id, retriever)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE filter_run (
        id         INTEGER PRIMARY KEY,
        rule       TEXT NOT NULL,
        top_n      INTEGER NOT NULL,
        -- JSON: id and version of each retriever; yields per rule and N.
        retrievers TEXT NOT NULL,
        report     TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE pair_decision (
        filter_id INTEGER NOT NULL REFERENCES filter_run(id) ON DELETE CASCADE,
        pair_id   INTEGER NOT NULL REFERENCES pair(id) ON DELETE CASCADE,
        kept      INTEGER NOT NULL,
        outcome   TEXT NOT NULL,
        PRIMARY KEY (filter_id, pair_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX pair_decision_by_pair ON pair_decision(pair_id);

      CREATE TABLE mining_run (
        id         INTEGER PRIMARY KEY,
        filter_id  INTEGER REFERENCES filter_run(id) ON DELETE SET NULL,
        retriever  TEXT NOT NULL,
        version    TEXT NOT NULL,
        -- JSON: rule with its levels, options, summary with histograms (null until the run is complete).
        rule       TEXT NOT NULL,
        options    TEXT NOT NULL,
        summary    TEXT,
        created_at INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE mined_pair (
        mining_id      INTEGER NOT NULL REFERENCES mining_run(id) ON DELETE CASCADE,
        pair_id        INTEGER NOT NULL REFERENCES pair(id) ON DELETE CASCADE,
        positive_score REAL NOT NULL,
        PRIMARY KEY (mining_id, pair_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX mined_pair_by_pair ON mined_pair(pair_id);

      CREATE TABLE negative (
        mining_id INTEGER NOT NULL REFERENCES mining_run(id) ON DELETE CASCADE,
        pair_id   INTEGER NOT NULL REFERENCES pair(id) ON DELETE CASCADE,
        text_id   INTEGER NOT NULL REFERENCES training_text(id),
        rank      INTEGER NOT NULL,
        score     REAL NOT NULL,
        -- Bit i is set where level i of the rule keeps it.
        levels    INTEGER NOT NULL,
        -- Scores so high that it may be an unmarked answer: for the review queue.
        suspect   INTEGER NOT NULL,
        PRIMARY KEY (mining_id, pair_id, text_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX negative_suspects ON negative(mining_id, pair_id) WHERE suspect = 1;
      CREATE INDEX negative_by_pair ON negative(pair_id);
      CREATE INDEX negative_by_text ON negative(text_id);

      CREATE TABLE dataset (
        id         INTEGER PRIMARY KEY,
        name       TEXT NOT NULL UNIQUE,
        kind       TEXT NOT NULL,
        alpha      REAL,
        -- JSON: how it was made (filter, mining, retrievers, generators, library) and how it was split.
        lineage    TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;

      -- A data set is frozen: what is judged, mined or deleted later does not change what a training run saw.
      CREATE TABLE dataset_item (
        dataset_id INTEGER NOT NULL REFERENCES dataset(id) ON DELETE CASCADE,
        position   INTEGER NOT NULL,
        split      TEXT NOT NULL,
        intent     TEXT NOT NULL,
        query      TEXT NOT NULL,
        pair_key   TEXT,
        -- JSON: [[training_text id, score or null], ...]
        positives  TEXT NOT NULL,
        negatives  TEXT NOT NULL,
        -- JSON object: fields of an imported line that mean nothing here, given back by an export.
        extra      TEXT,
        PRIMARY KEY (dataset_id, position)
      ) STRICT, WITHOUT ROWID;
    `),
}

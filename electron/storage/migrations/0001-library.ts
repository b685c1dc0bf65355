import type { Migration } from './migration.ts'

/** The first schema: sources, files, documents with pages and passages, keyword index, jobs, settings, judgements. */
export const library: Migration = {
  version: 1,
  up: (db) =>
    db.exec(`
      CREATE TABLE source (
        id        INTEGER PRIMARY KEY,
        path      TEXT NOT NULL UNIQUE,
        name      TEXT NOT NULL,
        is_sample INTEGER NOT NULL DEFAULT 0,
        watched   INTEGER NOT NULL DEFAULT 1,
        paused    INTEGER NOT NULL DEFAULT 0,
        priority  INTEGER NOT NULL DEFAULT 0,
        include   TEXT NOT NULL DEFAULT '[]',
        exclude   TEXT NOT NULL DEFAULT '[]',
        available INTEGER NOT NULL DEFAULT 1,
        added_at  INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE document (
        id               INTEGER PRIMARY KEY,
        content_hash     TEXT NOT NULL UNIQUE,
        title            TEXT NOT NULL,
        author           TEXT,
        date             TEXT,
        language         TEXT,
        hazards          TEXT NOT NULL DEFAULT '[]',
        page_count       INTEGER NOT NULL,
        signature        BLOB,
        cluster_id       INTEGER,
        similarity       REAL,
        is_main          INTEGER NOT NULL DEFAULT 1,
        main_chosen      INTEGER NOT NULL DEFAULT 0,
        not_a_copy       INTEGER NOT NULL DEFAULT 0,
        pipeline_version INTEGER NOT NULL,
        indexed_at       INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX document_by_cluster ON document(cluster_id) WHERE cluster_id IS NOT NULL;

      CREATE TABLE document_band (
        band        INTEGER NOT NULL,
        hash        INTEGER NOT NULL,
        document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
        PRIMARY KEY (band, hash, document_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX document_band_by_document ON document_band(document_id);

      CREATE TABLE file (
        id           INTEGER PRIMARY KEY,
        source_id    INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE,
        path         TEXT NOT NULL,
        -- The name's bytes where they are not UTF-8; path then holds a printable form.
        raw_path     BLOB,
        size         INTEGER NOT NULL,
        modified     INTEGER NOT NULL,
        content_hash TEXT,
        document_id  INTEGER REFERENCES document(id) ON DELETE SET NULL,
        state        TEXT NOT NULL,
        reason       TEXT,
        page_count   INTEGER NOT NULL DEFAULT 0,
        excluded_by_person INTEGER NOT NULL DEFAULT 0,
        seen_in_scan INTEGER NOT NULL DEFAULT 0,
        UNIQUE (source_id, path)
      ) STRICT;
      CREATE INDEX file_by_state ON file(state);
      CREATE INDEX file_by_document ON file(document_id);
      CREATE INDEX file_by_hash ON file(content_hash);

      CREATE TABLE page (
        document_id    INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
        number         INTEGER NOT NULL,
        width          REAL NOT NULL,
        height         REAL NOT NULL,
        rotation       INTEGER NOT NULL,
        source         TEXT NOT NULL,
        quality        TEXT NOT NULL,
        ocr_confidence REAL,
        text           TEXT NOT NULL,
        lines          BLOB NOT NULL,
        PRIMARY KEY (document_id, number)
      ) STRICT, WITHOUT ROWID;
      -- Counting pages must not read their text.
      CREATE INDEX page_by_quality ON page(document_id, quality, source);

      CREATE TABLE dropped_line (
        document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
        page        INTEGER NOT NULL,
        text        TEXT NOT NULL,
        reason      TEXT NOT NULL
      ) STRICT;
      CREATE INDEX dropped_line_by_document ON dropped_line(document_id, page);

      CREATE TABLE passage (
        id          INTEGER PRIMARY KEY,
        document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
        page_start  INTEGER NOT NULL,
        page_end    INTEGER NOT NULL,
        char_start  INTEGER NOT NULL,
        char_end    INTEGER NOT NULL,
        headings    TEXT NOT NULL,
        -- Title and headings, searched beside the text with a weight of its own.
        context     TEXT NOT NULL,
        text        TEXT NOT NULL,
        tokens      INTEGER NOT NULL,
        text_hash   TEXT NOT NULL,
        ocr         INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE INDEX passage_by_document ON passage(document_id, page_start);
      CREATE INDEX passage_by_hash ON passage(text_hash);

      CREATE VIRTUAL TABLE passage_fts USING fts5(
        text, context,
        content='passage', content_rowid='id', detail='full',
        tokenize='porter unicode61 remove_diacritics 2'
      );
      CREATE TRIGGER passage_insert AFTER INSERT ON passage BEGIN
        INSERT INTO passage_fts(rowid, text, context) VALUES (new.id, new.text, new.context);
      END;
      CREATE TRIGGER passage_delete AFTER DELETE ON passage BEGIN
        INSERT INTO passage_fts(passage_fts, rowid, text, context) VALUES ('delete', old.id, old.text, old.context);
      END;

      CREATE TABLE job (
        id           INTEGER PRIMARY KEY,
        kind         TEXT NOT NULL,
        title        TEXT NOT NULL,
        state        TEXT NOT NULL,
        params       TEXT NOT NULL,
        stages       TEXT NOT NULL DEFAULT '[]',
        current      TEXT,
        seconds_left REAL,
        items_failed INTEGER NOT NULL DEFAULT 0,
        message      TEXT,
        result       TEXT,
        created_at   INTEGER NOT NULL,
        started_at   INTEGER,
        ended_at     INTEGER
      ) STRICT;
      CREATE INDEX job_by_state ON job(state);

      CREATE TABLE job_event (
        id     INTEGER PRIMARY KEY,
        job_id INTEGER NOT NULL REFERENCES job(id) ON DELETE CASCADE,
        at     INTEGER NOT NULL,
        level  TEXT NOT NULL,
        text   TEXT NOT NULL
      ) STRICT;
      CREATE INDEX job_event_by_job ON job_event(job_id);

      CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

      CREATE TABLE judgement (
        query       TEXT NOT NULL,
        intent      TEXT NOT NULL,
        -- Document and passage by content, so that a judgement survives re-indexing.
        document_hash TEXT NOT NULL,
        text_hash   TEXT NOT NULL,
        page        INTEGER NOT NULL,
        grade       INTEGER NOT NULL,
        judged_at   INTEGER NOT NULL,
        PRIMARY KEY (query, intent, document_hash, text_hash)
      ) STRICT;

      CREATE TABLE saved_search (
        id           INTEGER PRIMARY KEY,
        name         TEXT NOT NULL,
        request      TEXT NOT NULL,
        saved_at     INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL,
        seen         TEXT NOT NULL DEFAULT '[]'
      ) STRICT;
    `),
}

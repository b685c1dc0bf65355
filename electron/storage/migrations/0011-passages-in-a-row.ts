import type { Migration } from './migration.ts'

/**
 * [Note: passages in a row]
 * One writer stores a document's passages in one transaction, so they are numbered one after the other and a filter on
 * documents is a list of ranges: two index seeks per document instead of a row per passage. A trigger holds it to that.
 */
export const passagesInARow: Migration = {
  version: 11,
  up: (db) =>
    db.exec(`
      -- The first and the last passage of a document, by the row ids that every index ends with.
      DROP INDEX passage_by_document;
      CREATE INDEX passage_by_document ON passage(document_id);
      CREATE INDEX passage_by_ocr ON passage(ocr) WHERE ocr = 1;

      CREATE TRIGGER passages_in_a_row AFTER INSERT ON passage
      WHEN new.document_id <> (SELECT document_id FROM passage WHERE id = new.id - 1)
        AND EXISTS (SELECT 1 FROM passage WHERE document_id = new.document_id AND id < new.id)
      BEGIN
        SELECT raise(ABORT, 'the passages of a document are numbered in a row: remove the old ones before new ones are added');
      END;
    `),
}

import type { Intent } from '../contracts/intents.ts'

const QUESTION_START =
  /^(who|whom|whose|what|when|where|why|which|how|is|are|am|was|were|do|does|did|can|could|should|shall|will|would|may|must|has|have|had)\b/iu
const DOCUMENT_WORDS =
  /\b(plan|annex|appendix|report|sitrep|guide|guideline|manual|sop|form|checklist|leaflet|brochure|handbook|document|policy|protocol|bulletin)s?\b/iu
const SENTENCE_VERB =
  /\b(is|are|was|were|has|have|had|must|should|will|can|cannot|kills?|causes?|prevents?|requires?|reduces?|increases?|reached|caused|killed)\b/iu

/** Shorter input is a keyword search, which is a question for a passage. */
const STATEMENT_MIN_WORDS = 5

/**
 * The intent of a query, from its form alone: a question asks for a passage, the name of a document for the document, a
 * whole statement to be checked. Cheap, explainable, and always shown to the person, who can choose another.
 */
export function detectIntent(query: string): Intent {
  const text = query.trim()
  const words = text.split(/\s+/u)
  if (text.endsWith('?') || QUESTION_START.test(text)) return 'QA'
  if (words.length >= STATEMENT_MIN_WORDS && (text.endsWith('.') || SENTENCE_VERB.test(text))) return 'FactCheck'
  if (DOCUMENT_WORDS.test(text) && words.length <= 8) return 'QAdoc'
  return 'QA'
}

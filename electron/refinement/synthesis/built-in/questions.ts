// Questions from sentences whose form gives them away: definitions, roles, deadlines, counts and conditions. English only.
import { lowerFirst } from './prose.ts'

const NUMBER =
  '(?:\\d[\\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty)'
const TIME_UNIT = '(?:minutes?|hours?|days?|weeks?|months?|years?)'
const ROLE =
  'director|manager|chief|officer|lead|leader|commander|coordinator|sheriff|mayor|governor|supervisor|administrator|liaison|engineer|' +
  'dispatcher|planner|principal|nurse|operator|authority|district|department|board|council|agency|commission|team|desk|section|branch|unit|crew|center|office|county|city|state'
/** Verbs that agree with "who": third person singular, or a modal. */
const VERB = '(?:must|may|shall|will|can|should|(?!is\\b|was\\b|has\\b|does\\b|plus\\b|this\\b|its\\b)[a-z]{3,}s)'

/** A question, or nothing where the sentence has another form. */
type Template = (sentence: string) => string | null | undefined

const TEMPLATES: readonly Template[] = [
  // "A trigger point is a place ..." -> "What is a trigger point?"
  (sentence) => {
    const match = /^((?:an?|the)?\s?[\p{L}\p{N}' -]{3,60}?) (is|are|means|refers to) (?:an?|the|any) /iu.exec(sentence)
    const [, subject = '', verb] = match ?? []
    if (!match || subject.split(' ').length > 7 || /\b(?:and|of which|that|who|not)\b|\d/u.test(subject))
      return undefined
    return verb === 'is' || verb === 'are'
      ? `What ${verb} ${lowerFirst(subject.trim())}?`
      : `What does ${lowerFirst(subject.trim())} mean?`
  },
  // "The health lead walks the dormitory at 08:00" -> "Who walks the dormitory at 08:00?"
  (sentence) => {
    const match = new RegExp(`^The (?:[\\p{L}-]+ ){0,4}(?:${ROLE}) (${VERB}) (.+)$`, 'u').exec(sentence)
    return match ? asQuestion(`Who ${match[1]} ${match[2]}`) : undefined
  },
  // "The log was kept by the night supervisor" -> "Who kept the log?"
  (sentence) => {
    const match =
      /^(The [\p{L} -]{3,50}?) (?:was|were) ([a-z]+ed|kept|made|found|sent|given|taken) by (?:the|an?) /u.exec(sentence)
    return match ? asQuestion(`Who ${match[2]} ${lowerFirst(match[1] ?? '')}`) : undefined
  },
  // "Bridges must be inspected within 12 hours" -> "When must bridges be inspected?"
  (sentence) => {
    const time = `(?:within|no later than|at least|every) ${NUMBER} ${TIME_UNIT}`
    const match = new RegExp(
      `^([\\p{L}\\p{N}' -]{3,60}?) (must|should|shall|will|can) be ([a-z]+ed|sent|made|given|kept)\\b.*\\b${time}`,
      'iu',
    ).exec(sentence)
    return match ? asQuestion(`When ${match[2]} ${lowerFirst(match[1] ?? '')} be ${match[3]}`) : undefined
  },
  // "Seven centers opened on the first night" -> "How many centers opened on the first night?"
  (sentence) => {
    const match = new RegExp(
      `^${NUMBER} ((?!percent|degrees|miles|hours|minutes|days|feet|inches|weeks|months|years)(?:[\\p{L}-]+ )?(?:[\\p{L}-]{2,}s|people|children|households) [a-z].+)$`,
      'iu',
    ).exec(sentence)
    return match ? asQuestion(`How many ${match[1]}`) : undefined
  },
  // "If the pump fails, the tank lasts six hours." -> "What happens if the pump fails?"
  (sentence) => {
    const match = /^(If|When|Once|After|Before|Until|Unless) ([^,;:]{12,110}), [a-z]/u.exec(sentence)
    return (
      match &&
      asQuestion(
        `What ${match[1] === 'Before' || match[1] === 'Until' ? 'has to be done' : 'happens'} ${match[1]?.toLowerCase()} ${match[2]}`,
      )
    )
  },
]

const MOST_WORDS = 18
const FEWEST_WORDS = 3

/** Nobody who has not read the passage knows what these stand for. */
const POINTS_ELSEWHERE = /^Who \p{L}+ (?:it|them|this|these|that|both)\b/u

/** Ends the question at the first break in the sentence, or refuses one that would be too long to be asked. */
function asQuestion(text: string): string | undefined {
  const clause = text
    .split(/[;(]|: |, (?=[a-z])| – | — /u)[0]!
    .replace(/[.!,\s]+$/u, '')
    .trim()
  const words = clause.split(' ').length
  if (POINTS_ELSEWHERE.test(clause)) return undefined
  return words >= FEWEST_WORDS && words <= MOST_WORDS ? `${clause}?` : undefined
}

/** The question that a sentence answers; undefined when its form gives none away. */
export function questionFrom(sentence: string): string | undefined {
  for (const template of TEMPLATES) {
    const question = template(sentence)
    if (question && question.split(' ').length >= FEWEST_WORDS) return question
  }
  return undefined
}

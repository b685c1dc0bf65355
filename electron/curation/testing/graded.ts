import { says, type Behaviour } from '../../refinement/testing/chat-server.ts'

/** A language model that rates: what each style answers, with the fields it asks for. */
export function graded([direct, reasoned, aspects]: readonly [number, number, number]): Behaviour {
  return (response, call) => {
    const answer = call.user.includes('Think before')
      ? { need: 'an interval', evidence: 'every 3 days', gap: 'none', grade: reasoned }
      : call.user.includes('four aspects')
        ? { topic: 3, coverage: 2, precision: 2, focus: 3, grade: aspects }
        : { grade: direct }
    says(JSON.stringify(answer))(response, call)
  }
}

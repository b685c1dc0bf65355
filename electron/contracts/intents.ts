/** The six search intents of DMRetriever and DisastIR, in the order people see them. */
export const INTENTS = ['QA', 'QAdoc', 'Twitter', 'FactCheck', 'NLI', 'STS'] as const

export type Intent = (typeof INTENTS)[number]

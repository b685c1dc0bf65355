/** Questions to the example library; each stands in resources/sample-library/questions.jsonl, in the language of its documents. */
export const EXAMPLE_QUESTIONS = [
  'Who is authorized to raise the operations center to its highest level?',
  'How long do residents below the dam have before the flood wave arrives if the dam suddenly gives way?',
  'Plan for pets, horses and farm animals in a disaster',
  'Doorways are the safest place during an earthquake.',
  'need wheelchair ride out of tar flats b4 #Odette who do i call',
] as const

import { describe, expect, it } from 'vitest'
import { textOf, WorkbenchError } from './errors.ts'
import { fill, said, Wording } from './wording.ts'

describe('a text for people', () => {
  it('is an English sentence with gaps, and what stands in them', () => {
    const text = said`${'/plans'} holds ${3} files.`
    expect(String(text)).toBe('/plans holds 3 files.')
    expect(text.toJSON()).toEqual({ template: '{0} holds {1} files.', values: ['/plans', 3] })
  })

  it('holds other texts, and crosses a process with them', () => {
    const text = said`It failed: ${said`the disk ${'C:'} is full`}.`
    expect(String(text)).toBe('It failed: the disk C: is full.')
    const crossed = Wording.from(JSON.parse(JSON.stringify(text)) as ReturnType<Wording['toJSON']>)
    expect(crossed).toEqual(text)
  })

  it('keeps braces of the sentence and of what stands in it', () => {
    expect(String(said`Each line is {"id": ${1}}, not ${'{0}'}.`)).toBe('Each line is {"id": 1}, not {0}.')
  })

  it('may be filled in another order', () => expect(fill('{1} de {0}', ['a', 'b'])).toBe('b de a'))
})

describe('an error', () => {
  it('has the English sentence as its message and can be put into another text', () => {
    const error = new WorkbenchError('NOT_FOUND', said`There is no job ${7}.`)
    expect(error.message).toBe('There is no job 7.')
    expect(said`Stopped: ${textOf(error)}`.toJSON().values).toEqual([{ template: 'There is no job {0}.', values: [7] }])
  })

  it('has no wording where its message came from elsewhere', () => {
    expect(new WorkbenchError('MODEL_INVALID', 'bad magic').wording).toBeUndefined()
    expect(textOf(new Error('bad magic'))).toBe('bad magic')
  })
})

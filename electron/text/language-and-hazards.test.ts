import { describe, expect, it } from 'vitest'
import { HAZARD_TERMS } from './hazard-terms.ts'
import { countHazardMentions, HAZARD_GROUP_NAMES, HAZARD_GROUPS, hazardGroups } from './hazards.ts'
import { detectLanguage } from './language.ts'
import { stem } from './stem.ts'

describe('detectLanguage', () => {
  it.each([
    ['en', 'Leave the area at once when the siren sounds, and do not return for your belongings.'],
    ['es', 'Abandone la zona de inmediato cuando suene la sirena y no vuelva por sus pertenencias.'],
    ['fr', 'Quittez la zone dès que la sirène retentit et ne revenez pas chercher vos affaires.'],
    ['de', 'Verlassen Sie das Gebiet sofort, wenn die Sirene ertönt, und kehren Sie nicht zurück.'],
    ['pt', 'Abandone a área assim que a sirene tocar e não volte para buscar os seus pertences.'],
    ['it', 'Lasciate subito la zona quando suona la sirena e non tornate a prendere le vostre cose.'],
    ['nl', 'Verlaat het gebied onmiddellijk wanneer de sirene klinkt en keer niet terug voor uw spullen.'],
    ['ru', 'Немедленно покиньте зону, когда прозвучит сирена.'],
    ['ja', 'サイレンが鳴ったら直ちに避難してください。'],
    ['zh', '警报响起时请立即撤离该地区。'],
    ['ko', '사이렌이 울리면 즉시 대피하십시오.'],
    ['ar', 'غادر المنطقة فورا عند سماع صفارة الإنذار'],
    ['es', '¿Qué hacer?'],
    ['en', 'What to do?'],
  ])('%s: %s', (code, text) => {
    expect(detectLanguage(text)?.code).toBe(code)
  })

  it('gives no answer for numbers, names and languages it does not know', () => {
    expect(detectLanguage('123 456 - 7')).toBeUndefined()
    expect(detectLanguage('Hubei 7153 Zhejiang 599 Guangdong 520 Henan 422')).toBeUndefined()
    expect(detectLanguage('Poistu alueelta heti kun sireeni soi äläkä palaa hakemaan tavaroitasi')).toBeUndefined()
  })
})

describe('hazardGroups', () => {
  it.each([
    ['Move to higher ground. Flood water rises fast; flooded roads kill. A levee may break after the storm.', ['MH']],
    ['After the earthquake expect aftershocks. A tsunami may follow the earthquake on the coast.', ['Geo', 'MH']],
    ['The outbreak of Ebola spread; the epidemic reached Kinshasa. COVID-19 followed.', ['Bio']],
    ['A chlorine release is toxic: close windows. Chemical agents spread with the wind.', ['Chem']],
    ['Clear a defensible space before the wildfire season; forest fires throw embers.', ['Env']],
    ['A solar storm disturbs radio; a geomagnetic storm may damage the grid.', ['Extra']],
    ['An active shooter is in the building. Terrorism and civil unrest are covered in annex C.', ['Soc']],
    ['During a power outage use torches. Radioactive fallout shelters are marked.', ['Tech']],
    ['Sign the form and hand it to the officer.', []],
  ])('%s', (text, groups) => {
    expect(hazardGroups(text)).toEqual(groups)
  })

  it('lets the longest name win', () => {
    expect(countHazardMentions('a computer virus')).toMatchObject({ Bio: 0, Tech: 1 })
    expect(countHazardMentions('fallout shelter')).toMatchObject({ Soc: 0, Tech: 1 })
    expect(countHazardMentions('the fog of war')).toMatchObject({ MH: 0, Soc: 0 })
  })

  it('does not name every hazard that a long plan mentions once', () => {
    const plan = 'The flood plan names who warns people below the dam before the flood comes. '.repeat(40)
    expect(hazardGroups(`${plan} It also covers an earthquake and a cyberattack.`)).toEqual(['MH'])
  })

  it('weighs the title', () => {
    const text = 'Call the officer on duty, then the mayor, then the school. '.repeat(60)
    expect(hazardGroups(text, 'Hurricane plan')).toEqual(['MH'])
  })

  it('has a name for every group, and lists no term twice', () => {
    expect(Object.keys(HAZARD_GROUP_NAMES)).toEqual([...HAZARD_GROUPS])
    const terms = HAZARD_TERMS.flatMap(([, list]) => list.split(',')).map((term) => term.split(' ').map(stem).join(' '))
    expect(terms.filter((term, i) => terms.indexOf(term) !== i)).toEqual([])
  })
})

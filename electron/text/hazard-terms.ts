/**
 * Names of hazardous events and the groups they belong to (see hazards.ts): English first, with the Spanish and French
 * names of common events. Any form of a word counts, because stems are compared. A term without groups only keeps a part of
 * it from counting ("fire department" names no fire).
 */
export const HAZARD_GROUPS = ['Bio', 'Chem', 'Env', 'Extra', 'Geo', 'MH', 'Soc', 'Tech'] as const
export type HazardGroup = (typeof HAZARD_GROUPS)[number]

export const HAZARD_TERMS: readonly (readonly [groups: readonly HazardGroup[], terms: string])[] = [
  [
    ['Bio'],
    'pandemic,epidemic,outbreak,influenza,flu,avian influenza,coronavirus,novel coronavirus,covid,covid 19,ncov,2019 ncov,sars,mers,ebola,marburg,' +
      'cholera,measles,polio,malaria,dengue,zika,yellow fever,typhoid,tuberculosis,plague,smallpox,mpox,monkeypox,anthrax,botulism,rabies,' +
      'hepatitis,meningitis,lassa,nipah,hantavirus,infectious disease,communicable disease,virus disease,viral disease,waterborne disease,vector borne disease,foodborne illness,food poisoning,' +
      'zoonosis,zoonotic disease,biological agent,biological hazard,biological attack,bioterrorism,pathogen,locust,desert locust,insect infestation,invasive species,' +
      'foot and mouth disease,african swine fever,animal disease,plant disease,quarantine,antimicrobial resistance,' +
      'pandemia,epidemia,brote,cólera,paludisme,épidémie,pandémie,rougeole,maladie à virus',
  ],
  [
    ['Chem'],
    'chemical,chemical release,chemical spill,chemical agent,chemical weapon,nerve agent,toxic gas,toxic industrial,chlorine,ammonia,mercury poisoning,lead poisoning,arsenic,' +
      'asbestos,pesticide,carbon monoxide,hydrogen sulfide,hazmat,hazardous material,hazardous substance,hazardous chemical,' +
      'dioxin,cyanide,benzene,methanol,poisoning,toxic,toxic substance,derrame químico,produit chimique',
  ],
  [['Chem', 'Env', 'Tech'], 'oil spill'],
  [['Chem', 'Tech'], 'gas leak,pipeline rupture,tailings'],
  [
    ['Env'],
    'wildfire,wildland fire,forest fire,bushfire,brush fire,defensible space,firebreak,air pollution,water pollution,soil pollution,deforestation,desertification,land degradation,' +
      'soil degradation,soil erosion,coastal erosion,sea level rise,permafrost,biodiversity loss,eutrophication,algal bloom,ocean acidification,saltwater intrusion,' +
      'salinization,smoke plume,incendio forestal,feu de forêt',
  ],
  [
    ['Extra'],
    'meteorite,meteor,asteroid,near earth object,solar storm,solar flare,space weather,geomagnetic storm,coronal mass ejection,ionospheric storm,radio blackout,' +
      'space debris,airburst,cosmic radiation',
  ],
  [
    ['Geo'],
    'earthquake,aftershock,seismic,ground shaking,fault rupture,liquefaction,volcano,volcanic,volcanic ash,lava,lahar,pyroclastic,eruption,landslide,' +
      'rockfall,rock slide,debris flow,sinkhole,ground subsidence,terremoto,sismo,deslizamiento,séisme,tremblement de terre,glissement de terrain',
  ],
  [['Geo', 'MH'], 'tsunami,mudslide,mudflow'],
  [
    ['MH'],
    'flood,flash flood,floodplain,floodwater,inundation,hurricane,tropical storm,tropical cyclone,cyclone,typhoon,tornado,twister,thunderstorm,severe weather,severe storm,' +
      'lightning,hail,hailstorm,storm surge,windstorm,high wind,derecho,dust storm,sandstorm,blizzard,snowstorm,winter storm,ice storm,freezing rain,avalanche,cold wave,extreme cold,' +
      'heat wave,heatwave,extreme heat,drought,heavy rain,heavy rainfall,monsoon,el niño,la niña,fog,levee,sandbag,storm,' +
      'inundación,huracán,sequía,tormenta,ciclón,inondation,crue,sécheresse,tempête,ouragan,canicule',
  ],
  [['MH', 'Tech'], 'dam failure,dam break,dam breach,levee failure,levee breach'],
  [
    ['Soc'],
    'terrorism,terrorist,terrorist attack,active shooter,active assailant,mass shooting,civil unrest,riot,civil disturbance,armed conflict,armed attack,war,warfare,insurgency,genocide,' +
      'hostage,kidnapping,bomb threat,bombing,improvised explosive,violence,stampede,crowd crush,refugee,displaced person,internally displaced,forced displacement,mass migration,financial crisis,' +
      'famine,enemy attack,sabotage,suicide cluster,terrorismo,guerra,conflit armé,réfugié',
  ],
  [
    ['Soc', 'Tech'],
    'nuclear attack,nuclear weapon,nuclear war,nuclear explosion,nuclear detonation,cyberattack,cyber attack,fallout',
  ],
  [
    ['Tech'],
    'radiological,radiation,radioactive,fallout shelter,nuclear accident,nuclear power plant,reactor accident,meltdown,radiation sickness,power outage,power failure,blackout,brownout,' +
      'computer virus,malware,ransomware,cybersecurity incident,cyber incident,data breach,building collapse,bridge collapse,structural failure,infrastructure failure,industrial accident,' +
      'explosion,structure fire,house fire,building fire,plane crash,air crash,aircraft accident,train derailment,derailment,rail accident,shipwreck,ferry accident,traffic accident,mine collapse,' +
      'water main break,water supply failure,communication failure,apagón,panne de courant,accident nucléaire',
  ],
  [
    [],
    'plague of,flood of calls,war room,lightning speed,chemical toilet,fog of war,war time,flood insurance rate map,storm drain,virus scan',
  ],
]

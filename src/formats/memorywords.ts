/** Words of the sentences that stand for the text of a synthetic memory; their order is part of every memory's address. */
export const TOPICS = [
  ...["Agriculture", "Anatomy", "Archaeology", "Architecture", "Astronomy", "Botany", "Calculus", "Cartography"],
  ...["Chemistry", "Cinema", "Climate", "Commerce", "Cooking", "Cryptography", "Dance", "Democracy"],
  ...["Ecology", "Economics", "Education", "Electricity", "Engineering", "Ethics", "Evolution", "Forestry"],
  ...["Genetics", "Geology", "Geometry", "Grammar", "History", "Hydrology", "Irrigation", "Journalism"],
  ...["Jurisprudence", "Linguistics", "Literature", "Logic", "Medicine", "Metallurgy", "Meteorology", "Migration"],
  ...["Music", "Mythology", "Navigation", "Nutrition", "Oceanography", "Optics", "Painting", "Philosophy"],
  ...["Photography", "Physics", "Poetry", "Pottery", "Printing", "Psychology", "Religion", "Rhetoric"],
  ...["Sculpture", "Statistics", "Surgery", "Taxation", "Theatre", "Trade", "Weaving", "Zoology"],
] as const;

export const VERBS = [
  ...["borrows from", "builds on", "challenges", "clarifies", "complements", "constrains", "contradicts", "corrects"],
  ...["depends on", "describes", "drives", "enriches", "explains", "extends", "follows from", "foreshadows"],
  ...["guides", "illustrates", "influences", "interprets", "limits", "measures", "mirrors", "motivates"],
  ...["precedes", "predicts", "questions", "reshapes", "resembles", "supports", "transforms", "unites"],
] as const;

export const OBJECTS = [
  ...["ancient calendars", "animal behaviour", "border disputes", "bridge design", "chemical bonds", "city planning"],
  ...["coastal erosion", "colour perception", "court procedure", "crop rotation", "deep-sea currents", "desert travel"],
  ...["early computers", "family structures", "folk tales", "glass making", "grain storage", "harbour towns"],
  ...["heat transfer", "human memory", "ice ages", "insect colonies", "island economies", "labour markets"],
  ...["language change", "light waves", "long-distance trade", "map projections", "market prices", "medieval guilds"],
  ...["mountain passes", "musical scales", "number systems", "oral traditions", "paper production", "planetary orbits"],
  ...["plant breeding", "public health", "railway networks", "rainfall patterns", "river deltas", "road building"],
  ...["sailing routes", "school reform", "seed dispersal", "ship building", "soil chemistry", "star catalogues"],
  ...["steam engines", "stone tools", "tax records", "temple ruins", "tidal power", "town markets"],
  ...["trade winds", "tree rings", "urban growth", "vaccine trials", "voting systems", "water rights"],
  ...["weather records", "wild grasses", "wind mills", "wool production"],
] as const;

/** How many digits the number of a memory has at least, in its text and its id. */
export const ROW_DIGITS = 7;

/** Of which a memory has one. */
export const SENTENCES = TOPICS.length * VERBS.length * OBJECTS.length;

/**
 * English words that say nothing of a text's subject. Part of the model "seedbed-local-v1": another list would be another
 * model. "s", "t" and the like are what an apostrophe cuts off.
 */
export const stopWords = `
  a about above across after again against ago all almost along already also although always am among an and another any
  are around as at away back be became because become been before began being below between both but by came can cannot
  could d did do does doing done down due during each either else enough especially etc even ever every example few first
  five for form found four from further gave general generally get give given go good got great group had has have having
  he her here herself high him himself his how however i ie if in include included includes including instead into is it
  its itself just kind known large last late later least less like likely little ll long m made mainly make making many may
  me means might more most much must my myself near nearly never new next no nor not now number of off often old on once
  one only onto or order original other others otherwise our out over own part particular people per perhaps place point
  possible present probably quite rather re really right s said same second see seen set several shall she should show
  shown similar simply since six small so some something sometimes soon state still such t take taken term than that the
  their them themselves then there therefore these they thing things third this those though three through throughout
  thus time times to today together too toward towards two type under until up upon us use used using usually various ve
  very was way we well went were what when where whether which while who whole whom whose why will with within without
  would year years yet you your
`;

/** Twenty subjects, three short paragraphs about each: texts of one subject should be nearer to each other than to others. */
export const topics: Record<string, readonly [string, string, string]> = {
  volcanoes: [
    "Molten rock rises through cracks in the crust and collects in a chamber below the volcano. When gas in the magma expands, an eruption throws ash and lava into the air.",
    "Lava flows slowly down the flank of the mountain and hardens to basalt. Volcanic ash travels farther, and an eruption of ash can close airports a thousand kilometres away.",
    "Geologists watch a volcano with seismometers and gas sensors. Swelling ground and sulphur in the gas warn that magma moves and that an eruption is near.",
  ],
  bees: [
    "A honey bee colony has one queen, thousands of workers and a few hundred drones. Workers collect nectar and pollen and feed the larvae in the comb.",
    "When a worker bee returns to the hive it dances to tell others where nectar is found. The angle of the dance gives the direction of the flowers to the sun.",
    "Beekeepers remove frames of sealed honey in late summer. Before winter they check the hive for mites, which weaken the colony and its queen.",
  ],
  chess: [
    "In chess each side begins with a king, a queen, two rooks, two bishops, two knights and eight pawns. The game ends when a king is checkmated.",
    "Grandmasters study openings for years. The Sicilian answers the king's pawn with a pawn on the queen's side, and the knights come out early.",
    "An endgame with rook and pawn against rook is the one that chess players meet most. The defending king belongs in front of the pawn.",
  ],
  bread: [
    "Bread dough is flour, water, salt and yeast. Kneading the dough builds gluten, which holds the gas that the yeast makes while the loaf rises.",
    "A sourdough starter keeps wild yeast and bacteria alive in flour and water. Bakers feed it daily, and it gives the loaf its acid taste.",
    "Bake the loaf in a hot oven with steam, so that the crust stays soft until the dough has risen. A baked bread sounds hollow when tapped below.",
  ],
  railways: [
    "The first railways carried coal from mines to harbours on wagons pulled by horses. Steam locomotives replaced the horses, and soon trains carried passengers too.",
    "High-speed trains need straight track and their own signals. At three hundred kilometres an hour a train takes several kilometres to brake.",
    "The gauge of a railway is the distance between the rails. Where two gauges meet, passengers change trains or the wagons change their wheels.",
  ],
  planets: [
    "Jupiter is the largest planet of the solar system, with more mass than all other planets together. Its red spot is a storm wider than the Earth.",
    "A planet orbits its star on an ellipse. The closer the planet is to the star, the faster it moves, as Kepler found from the orbit of Mars.",
    "Saturn's rings are lumps of ice that orbit the planet in a thin sheet. Some moons of Saturn keep the edges of the rings sharp by their gravity.",
  ],
  violins: [
    "A violin has four strings, tuned in fifths and played with a bow of horsehair. The top of the instrument is spruce and the back is maple.",
    "Violin makers in Cremona built instruments that soloists still play. The varnish, the arch of the wood and the sound post shape the tone.",
    "A violinist draws the bow nearer to the bridge for a brighter tone. Vibrato of the left hand makes the pitch of the string swing.",
  ],
  football: [
    "In football the team that scores more goals wins the match. Only the goalkeeper may touch the ball with the hands, and only in the penalty area.",
    "The striker met the cross with his head and the ball hit the post. In the last minute of the match a penalty gave the visiting team the winning goal.",
    "Football clubs sell players in summer and in winter. A young midfielder who scored ten goals in the league may cost more than a whole team.",
  ],
  vaccines: [
    "A vaccine shows the immune system a harmless part of a virus. Later, antibodies and memory cells recognise the virus before it causes disease.",
    "Measles vaccination began in the sixties, and cases fell by more than nine in ten. Outbreaks come back where too few children are vaccinated.",
    "Messenger RNA vaccines carry the plan of a viral protein into cells. The cells make the protein and the immune system learns to bind it with antibodies.",
  ],
  rivers: [
    "A river carries sediment from the mountains to the sea. Where the current slows, sand and silt settle, and at the mouth of the river a delta grows.",
    "Meanders wander because water flows faster at the outer bank and erodes it. When the river cuts through a loop, an oxbow lake remains.",
    "Dams hold back the floods of a river and its sediment. Below the dam the water is clear and erodes the banks, and the delta shrinks.",
  ],
  compilers: [
    "A compiler translates source code to machine code. The parser builds a syntax tree, and the code generator chooses instructions and registers.",
    "Optimising compilers move code out of loops and remove what is never used. They prove that the program does the same before and after.",
    "An interpreter runs the syntax tree of a program directly, while a just-in-time compiler makes machine code of the functions that run most.",
  ],
  coffee: [
    "Coffee beans are the seeds of a red cherry that grows in the tropics. After picking, the cherries are washed or dried and the beans are roasted.",
    "Espresso forces hot water through finely ground coffee at nine bars. A coarser grind suits the filter, where water runs through the coffee slowly.",
    "Light roasts keep the fruit acids of the bean, dark roasts taste of caramel and smoke. Roasted beans lose their aroma within a few weeks.",
  ],
  glaciers: [
    "A glacier forms where more snow falls in winter than melts in summer. The snow is pressed to ice, which flows downhill under its own weight.",
    "Moraines are ridges of rubble that a glacier pushed before it or carried on its ice. They show how far the ice reached before it melted back.",
    "Ice cores from glaciers hold bubbles of old air. From layers of snow and dust in the ice, scientists count years and read past climates.",
  ],
  printing: [
    "Gutenberg cast letters of metal that could be set, printed and used again. With ink of oil and a wooden press, his workshop printed a Bible in Mainz.",
    "Offset printing transfers the ink from a plate to a rubber blanket and from there to paper. Newspapers are printed so, at many copies a second.",
    "Typesetters kept capital letters in the upper case and small letters in the lower case. A line of type was locked in a frame before printing.",
  ],
  whales: [
    "Blue whales are the largest animals that ever lived. They filter krill from the sea with plates of baleen and dive for ten to twenty minutes.",
    "Humpback whales sing for hours. All males of an ocean sing the same song, which changes from season to season as whales learn from each other.",
    "Commercial whaling killed most whales of the southern ocean for oil. Since the ban, humpback numbers have grown, while blue whales recover slowly.",
  ],
  bridges: [
    "A suspension bridge hangs its deck from cables that run over towers to anchors in the ground. The cables carry tension, the towers compression.",
    "The stone arch bridge stands because every stone presses on the next. Roman builders used arches of stone for bridges and aqueducts.",
    "Wind made the deck of a slender suspension bridge twist until the cables broke. Since then engineers test models of bridges in wind tunnels.",
  ],
  elections: [
    "In a parliamentary election voters choose members of parliament, and the party or coalition with most seats forms the government.",
    "Proportional systems give parties seats by their share of the votes, while a majority system gives each district to the candidate with most votes.",
    "Ballots are counted at the polling station in front of observers. A recount of the votes is ordered when the candidates are very close.",
  ],
  painting: [
    "Painters of the Renaissance mixed pigments with oil, which dries slowly and lets colours blend on the canvas. Thin glazes gave depth to the painting.",
    "The impressionists left the studio and painted light on water with short strokes of bright colours. Critics called the paintings unfinished.",
    "A restorer cleans old varnish from a painting with swabs and solvent. Under infrared light the first drawing of the painter appears on the canvas.",
  ],
  earthquakes: [
    "An earthquake begins where a fault slips and sends seismic waves through the crust. The magnitude tells how much energy the earthquake released.",
    "Buildings on soft ground shake more in an earthquake. Engineers put rubber bearings below the walls, so that seismic waves move the building less.",
    "Seismometers of three stations are enough to find the epicentre: the lag between the two kinds of seismic waves gives the distance to the fault.",
  ],
  money: [
    "A central bank sets the interest rate at which banks borrow money. Higher rates make loans dearer and slow inflation of prices.",
    "Coins were once worth their metal. Paper money began as receipts for silver that a bank kept, and banks soon printed more than they held.",
    "When prices rise faster than wages, savings lose value. Central banks aim at an inflation of two per cent and raise interest when prices run away.",
  ],
};

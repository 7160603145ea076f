// What the scripts of src/highlow/resources/explorer hang on `highlow`: each part has the type of what its function returns.
interface Parts {
  charts: ReturnType<typeof chartsPart>;
  colours: ReturnType<typeof coloursPart>;
  compare: ReturnType<typeof comparePart>;
  download: ReturnType<typeof downloadPart>;
  elements: ReturnType<typeof elementsPart>;
  factors: ReturnType<typeof factorsPart>;
  families: ReturnType<typeof familiesPart>;
  grid: ReturnType<typeof gridPart>;
  listing: ReturnType<typeof listingPart>;
  numbers: ReturnType<typeof numbersPart>;
  pictures: ReturnType<typeof picturesPart>;
  polar: ReturnType<typeof polarPart>;
  state: ReturnType<typeof statePart>;
  stimuli: ReturnType<typeof stimuliPart>;
  tour: ReturnType<typeof tourPart>;
  tuning: ReturnType<typeof tuningPart>;
  unit_view: ReturnType<typeof unitPart>;
  wiring: ReturnType<typeof wiringPart>;
}

// Runs in Node with MapLibre's own style specification: checks styles and prints as JSON the mistakes in them and the
// colours that the layers of the first one's type give each feature: one, if a style is right.
//
// Arguments: the folder with the front end's package.json, a file with pairs of a style and properties of features.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');

const [folder, file] = process.argv.slice(2);
const spec = createRequire(`${folder}/package.json`)('@maplibre/maplibre-gl-style-spec');
const COLOURS = { fill: 'fill-color', line: 'line-color', circle: 'circle-color' };

function colours({ layers }, features) {
  const [{ type }] = layers;
  const drawn = layers.filter((layer) => layer.type === type);
  const filters = drawn.map(({ filter }) => spec.featureFilter(filter, 'filter'));
  return features.map((properties) =>
    drawn
      .filter((_, i) => filters[i].filter({ zoom: 8 }, { type: 3, properties }))
      .map(({ paint }) => paint[COLOURS[type]].toLowerCase()),
  );
}

const found = JSON.parse(readFileSync(file, 'utf8')).map(({ style, features }) => ({
  mistakes: spec.validateStyleMin(style).map((mistake) => mistake.message),
  colours: colours(style, features),
}));
console.log(JSON.stringify(found));

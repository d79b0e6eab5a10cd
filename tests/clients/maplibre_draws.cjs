// Runs in Node with MapLibre's own style specification: checks a style and prints as JSON the mistakes in it and the
// colour that its first layer gives each feature.
//
// Arguments: the folder with the front end's package.json, a file with pairs of a style and properties of features.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');

const [folder, file] = process.argv.slice(2);
const spec = createRequire(`${folder}/package.json`)('@maplibre/maplibre-gl-style-spec');
const COLOURS = { fill: 'fill-color', line: 'line-color', circle: 'circle-color' };

function colours(style, features) {
  const [layer] = style.layers;
  const name = COLOURS[layer.type];
  if (!name) return [];
  const made = spec.normalizePropertyExpression(layer.paint[name], name, spec.latest[`paint_${layer.type}`][name]);
  return features.map((properties) => {
    const { r, g, b } = made.evaluate({ zoom: 8 }, { type: 3, properties });
    return `#${[r, g, b].map((part) => Math.round(part * 255).toString(16).padStart(2, '0')).join('')}`;
  });
}

const found = JSON.parse(readFileSync(file, 'utf8')).map(({ style, features }) => ({
  mistakes: spec.validateStyleMin(style).map((mistake) => mistake.message),
  colours: colours(style, features),
}));
console.log(JSON.stringify(found));

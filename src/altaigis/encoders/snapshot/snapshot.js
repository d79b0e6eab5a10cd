// What the map of a snapshot does beside drawing: it tells of features, and names the largest places.
"use strict";

// Texts are HTML that the server has escaped.
const tell = (feature, layer) => {
  layer.bindPopup(feature.properties.told, { maxWidth: 320, minWidth: 200 });
  if (feature.properties.rank === undefined) layer.bindTooltip(feature.properties.name, { sticky: true });
  else layer.bindTooltip(feature.properties.name, { permanent: true, direction: "right", className: "named" });
};

const marked = (signs) => (feature, at) => {
  const { html, edge } = signs[feature.properties.sign];
  const icon = L.divIcon({ className: "mark", html, iconSize: [edge, edge] });
  return L.marker(at, { icon, title: "" });
};

const circled = (pane) => (feature, at) => L.circleMarker(at, { pane, radius: feature.properties.radius });

// Controls in the reader's language, and metres alone.
const furnish = (map, words) => {
  L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  const Scale = L.Control.Scale.extend({
    _updateScale(line, text, ratio) {
      line.style.width = `${Math.round(this.options.maxWidth * ratio)}px`;
      line.textContent = text.replace(/k?m$/, (unit) => words[unit]);
    },
  });
  new Scale({ imperial: false, maxWidth: 120 }).addTo(map);
};

// The largest first, and none over another; more as one comes nearer.
const nameLargest = (map, layers) => {
  const ranked = [];
  for (const layer of layers)
    layer.eachLayer((each) => {
      if (each.feature.properties.rank !== undefined) ranked.push(each);
    });
  ranked.sort((a, b) => b.feature.properties.rank - a.feature.properties.rank);
  const place = () => {
    const taken = [];
    for (const each of ranked) {
      const element = each.getTooltip()?.getElement();
      if (!element) continue;
      element.style.visibility = "";
      const box = element.getBoundingClientRect();
      const free = taken.every(
        (other) => box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom,
      );
      if (free) taken.push(box);
      else element.style.visibility = "hidden";
    }
  };
  map.on("zoomend moveend layeradd", place);
  place();
};

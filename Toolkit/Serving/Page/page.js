'use strict';

const element = id => document.getElementById(id);
let lastRequest = 0;
const objectUrls = [];

fetch('/health').then(r => r.json()).then(health => {
  element('model').textContent = `Model: ${health.model}. Classes: ${health.labels.join(', ')}.`;
});

element('file').addEventListener('change', e => { if (e.target.files[0]) classify(e.target.files[0]); e.target.value = ''; });
document.addEventListener('paste', e => { const file = [...e.clipboardData.files][0]; if (file) classify(file); });
element('show').addEventListener('change', showMap);
// The whole page accepts files: the browser would open an image that is dropped beside the box.
document.addEventListener('dragover', e => { e.preventDefault(); element('drop').classList.add('over'); });
document.addEventListener('dragleave', () => element('drop').classList.remove('over'));
document.addEventListener('drop', e => {
  e.preventDefault();
  element('drop').classList.remove('over');
  if (e.dataTransfer.files[0]) classify(e.dataTransfer.files[0]);
});

async function classify(file) {
  // Only the last of several images in a row is shown.
  const request = ++lastRequest;
  element('problem').hidden = true;
  element('result').classList.add('waiting');
  try {
    const classification = await (await send('/classify', file)).json();
    if (request !== lastRequest) return;
    showClassification(file, classification);
    const map = await (await send('/explain?label=' + encodeURIComponent(classification.label), file)).blob();
    if (request !== lastRequest) return;
    element('map').src = objectUrl(map);
    element('legend').textContent = `Red regions speak most for ${classification.label}.`;
    showMap();
  } catch (e) {
    if (request !== lastRequest) return;
    element('problem').textContent = e.message;
    element('problem').hidden = false;
  } finally {
    if (request === lastRequest) element('result').classList.remove('waiting');
  }
}

async function send(url, file) {
  const response = await fetch(url, { method: 'POST', body: file, headers: { 'Content-Type': file.type || 'application/octet-stream' } })
    .catch(() => { throw new Error('The server did not answer, or the file is too large.'); });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(`${file.name}: ${problem.detail || problem.title || response.status}`);
}

function showClassification(file, classification) {
  objectUrls.splice(0).forEach(URL.revokeObjectURL);
  element('map').hidden = true;
  element('map').removeAttribute('src');
  element('legend').textContent = '';
  element('picture').src = objectUrl(file);
  element('label').textContent = classification.label;
  element('scores').replaceChildren(...scoreBars(classification.scores));
  element('nearest').replaceChildren(...classification.nearest.map(neighborFigure));
  element('near').hidden = classification.nearest.length === 0;
  element('result').hidden = false;
}

// Decision values have no scale of their own: the highest one gets a bar of full length, the lowest of all none.
function scoreBars(scores) {
  if (scores.length === 0)
    return [];
  const highest = scores[0].score, lowest = scores[scores.length - 1].score;
  const sum = scores.reduce((total, s) => total + s.score, 0);
  const areProbabilities = lowest >= 0 && Math.abs(sum - 1) < 0.01;
  return scores.slice(0, 8).map(({ label, score }) => {
    const fraction = areProbabilities ? score : highest > lowest ? (score - lowest) / (highest - lowest) : 1;
    const item = document.createElement('li'), line = document.createElement('div'), bar = document.createElement('i');
    line.append(span(label), span(areProbabilities ? (100 * score).toFixed(1) + ' %' : score.toFixed(3)));
    bar.style.width = 100 * fraction + '%';
    item.append(line, bar);
    return item;
  });
}

function neighborFigure(neighbor) {
  const figure = document.createElement('figure'), image = document.createElement('img'), caption = document.createElement('figcaption');
  image.src = '/images/' + neighbor.number;
  image.alt = neighbor.file;
  caption.textContent = `${neighbor.label}, similarity ${neighbor.similarity.toFixed(3)}: ${neighbor.file}`;
  figure.append(image, caption);
  return figure;
}

function showMap() { element('map').hidden = !element('map').hasAttribute('src') || !element('show').checked; }

function span(text) { const created = document.createElement('span'); created.textContent = text; return created; }

function objectUrl(blob) { const url = URL.createObjectURL(blob); objectUrls.push(url); return url; }

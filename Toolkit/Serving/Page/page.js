'use strict';

const at = id => document.getElementById(id);
let asked = 0, shown = [];

fetch('/health').then(r => r.json()).then(h => { at('model').textContent = `${h.model} knows ${h.labels.join(', ')}.`; });

at('file').addEventListener('change', e => { if (e.target.files[0]) ask(e.target.files[0]); e.target.value = ''; });
document.addEventListener('paste', e => { const file = [...e.clipboardData.files][0]; if (file) ask(file); });
at('show').addEventListener('change', showMap);
// Anywhere: a photo dropped beside the box should not replace the page.
document.addEventListener('dragover', e => { e.preventDefault(); at('drop').classList.add('over'); });
document.addEventListener('dragleave', () => at('drop').classList.remove('over'));
document.addEventListener('drop', e => {
  e.preventDefault();
  at('drop').classList.remove('over');
  if (e.dataTransfer.files[0]) ask(e.dataTransfer.files[0]);
});

async function ask(file) {
  // Of several photos in a row the last one counts.
  const turn = ++asked;
  at('problem').hidden = true;
  at('result').classList.add('waiting');
  try {
    const answer = await (await send('/classify', file)).json();
    if (turn !== asked) return;
    showAnswer(file, answer);
    const map = await (await send('/explain?label=' + encodeURIComponent(answer.label), file)).blob();
    if (turn !== asked) return;
    at('map').src = address(map);
    at('seen').textContent = `Red is where it sees ${answer.label}.`;
    showMap();
  } catch (e) {
    if (turn !== asked) return;
    at('problem').textContent = e.message;
    at('problem').hidden = false;
  } finally {
    if (turn === asked) at('result').classList.remove('waiting');
  }
}

async function send(url, file) {
  const response = await fetch(url, { method: 'POST', body: file, headers: { 'Content-Type': file.type || 'application/octet-stream' } })
    .catch(() => { throw new Error('The server does not answer, or refused so large a file.'); });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(`${file.name}: ${problem.detail || problem.title || response.status}`);
}

function showAnswer(file, answer) {
  shown.splice(0).forEach(URL.revokeObjectURL);
  at('map').hidden = true;
  at('map').removeAttribute('src');
  at('seen').textContent = '';
  at('picture').src = address(file);
  at('label').textContent = answer.label;
  // Decision values have no scale of their own: the best is the full length, the worst of all none.
  const scores = answer.scores, best = scores[0].score, least = scores[scores.length - 1].score;
  const probabilities = least >= 0 && Math.abs(scores.reduce((sum, s) => sum + s.score, 0) - 1) < 0.01;
  at('scores').replaceChildren(...scores.slice(0, 8).map(s => {
    const item = document.createElement('li'), line = document.createElement('div'), bar = document.createElement('i');
    line.append(text(s.label), text(probabilities ? (100 * s.score).toFixed(1) + ' %' : s.score.toFixed(3)));
    bar.style.width = 100 * (probabilities ? s.score : best > least ? (s.score - least) / (best - least) : 1) + '%';
    item.append(line, bar);
    return item;
  }));
  at('nearest').replaceChildren(...answer.nearest.map(n => {
    const figure = document.createElement('figure'), image = document.createElement('img'), caption = document.createElement('figcaption');
    image.src = '/photos/' + n.number;
    image.alt = n.file;
    caption.textContent = `${n.label}, ${n.similarity.toFixed(3)}: ${n.file}`;
    figure.append(image, caption);
    return figure;
  }));
  at('near').hidden = answer.nearest.length === 0;
  at('result').hidden = false;
}

function showMap() { at('map').hidden = !at('map').hasAttribute('src') || !at('show').checked; }

function text(content) { const span = document.createElement('span'); span.textContent = content; return span; }

function address(blob) { const url = URL.createObjectURL(blob); shown.push(url); return url; }

/** A screen as SVG: what stands in the cells of a terminal, in a palette that is easy to read. */

const cell = { width: 8.4, height: 18, font: 14 };
const margin = 16;
const titleHeight = 30;
const ground = '#16181d';
const ink = '#d6d9e0';

/** The 16 colours of a terminal; each has a contrast of at least 4.5 on the ground, but black. */
const palette = [
  '#3b4048',
  '#f2777a',
  '#8fcf7e',
  '#e8c06a',
  '#7cb3f2',
  '#d49ae6',
  '#6cc7c9',
  ink,
  '#8a919e',
  '#ff9a9c',
  '#aee69f',
  '#ffd98a',
  '#a3ccff',
  '#e6b8f5',
  '#93e2e4',
  '#ffffff',
];

const colorOf = (color, fallback) =>
  color === null ? fallback : typeof color === 'string' ? color : (palette[color] ?? fallback);

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text) => text.replace(/[&<>"]/g, (character) => escapes[character]);

/** Without the noise of binary fractions. */
const number = (value) => String(Math.round(value * 100) / 100);

/** The cells (`cells()` of a terminal) as an SVG document with `title` above them. */
export function pictureOf(cells, title) {
  const columns = Math.max(...cells.map((row) => row.length));
  const width = columns * cell.width + 2 * margin;
  const height = titleHeight + cells.length * cell.height + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${number(width)}" height="${number(height)}" viewBox="0 0 ${number(width)} ${number(height)}" role="img" xml:space="preserve">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${ground}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${cell.font}">`,
    `<text x="${number(width / 2)}" y="20" text-anchor="middle" fill="${palette[8]}">${escaped(title)}</text>`,
    ...cells.flatMap((row, at) => rowOf(row, titleHeight + at * cell.height)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function rowOf(row, top) {
  const runs = runsOf(row);
  return [
    ...runs.map((run) => backgroundOf(run, top)),
    ...runs.map((run) => textOf(run, top)),
  ].filter((element) => element !== '');
}

/** Neighbours of the same style: where they begin, how many columns they fill, what they say. */
function runsOf(row) {
  const runs = [];
  row.forEach((one, column) => {
    const last = runs.at(-1);
    const style = JSON.stringify([one.fg, one.bg, one.bold, one.dim, one.inverse]);
    // The second half of a wide character has no text; a blank is one.
    const text = one.width === 0 ? '' : one.chars || ' ';
    if (last?.style === style) {
      last.text += text;
      last.columns += 1;
    } else runs.push({ column, columns: 1, text, style, look: lookOf(one) });
  });
  return runs;
}

function lookOf({ fg, bg, bold, dim, inverse }) {
  const [front, back] = [colorOf(fg, ink), colorOf(bg, ground)];
  return inverse
    ? { front: back, back: front, bold, dim }
    : { front, back: bg === null ? null : back, bold, dim };
}

function backgroundOf({ column, columns, look }, top) {
  if (look.back === null) return '';
  const place = `x="${number(margin + column * cell.width)}" y="${top}"`;
  return `<rect ${place} width="${number(columns * cell.width)}" height="${cell.height}" fill="${look.back}"/>`;
}

function textOf({ column, columns, text, look }, top) {
  const said = text.trim();
  if (said === '') return '';
  const before = text.length - text.trimStart().length;
  const after = text.length - text.trimEnd().length;
  const place = `x="${number(margin + (column + before) * cell.width)}" y="${top + 13.5}"`;
  const length = `textLength="${number((columns - before - after) * cell.width)}" lengthAdjust="spacingAndGlyphs"`;
  const style = [
    `fill="${look.front}"`,
    look.bold ? 'font-weight="bold"' : '',
    look.dim ? 'opacity="0.65"' : '',
  ].filter((part) => part !== '');
  return `<text ${place} ${length} ${style.join(' ')}>${escaped(said)}</text>`;
}

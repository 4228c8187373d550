/**
 * Horizontal bars in groups, as SVG. A chart has its own background and follows the reader's light or
 * dark mode.
 *
 * @module
 */

/** A bar chart. */
export interface BarChart {
  /** The name of its file, without `.svg`. */
  name: string;
  title: string;
  /** The unit of the figures, and whether more or less is better. */
  subtitle: string;
  /** The names of the bars of each group, in order. */
  series: string[];
  groups: {
    label: string;
    /** A figure for each of the series. */
    figures: number[];
  }[];
  /** The number of decimals of the figures. */
  decimals: number;
}

const WIDTH = 720;
const LABELS = 190;
const FIGURES = 70;
const BAR = 16;
const GAP = 3;
const GROUP_GAP = 14;
const TOP = 84;
const MARGIN = 16;

const STYLE = `
  svg { color-scheme: light dark; }
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .quiet { fill: #59636e; }
  .ground { fill: #ffffff; stroke: #d1d9e0; }
  .series0 { fill: #0969da; } .series1 { fill: #bc4c00; } .series2 { fill: #818b98; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .ground { fill: #0d1117; stroke: #3d444d; }
    .series0 { fill: #4493f8; } .series1 { fill: #f0883e; } .series2 { fill: #6e7681; }
  }`;

/** Draws a chart. */
export function drawBarChart({ title, subtitle, series, groups, decimals }: BarChart): string {
  const greatest = Math.max(...groups.flatMap(({ figures }) => figures));
  const room = WIDTH - LABELS - FIGURES - MARGIN;
  const groupHeight = series.length * (BAR + GAP) + GROUP_GAP;
  const height = TOP + groups.length * groupHeight + MARGIN / 2;
  const spoken = groups.map(({ label, figures }) =>
    `${label}: ${
      figures.map((figure, index) => `${series[index]} ${figure.toFixed(decimals)}`).join(", ")
    }`
  ).join("; ");
  const legend = series.map((name, index) => {
    const x = LABELS + index * 130;
    return `<rect class="series${index}" x="${x}" y="56" width="12" height="12" rx="2"/>
  <text x="${x + 18}" y="66">${escaped(name)}</text>`;
  });
  const bars = groups.flatMap(({ label, figures }, group) => {
    const top = TOP + group * groupHeight;
    const middle = top + (groupHeight - GROUP_GAP) / 2 + 3;
    return [
      `<text x="${LABELS - 10}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
      ...figures.map((figure, index) => {
        const y = top + index * (BAR + GAP);
        const width = Math.max(1, figure / greatest * room).toFixed(1);
        return `<rect class="series${index}" x="${LABELS}" y="${y}" width="${width}" height="${BAR}" rx="2"/>
  <text class="quiet" x="${(LABELS + Number(width) + 6).toFixed(1)}" y="${y + 12.5}">${
          figure.toFixed(decimals)
        }</text>`;
      }),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">
  <title id="title">${escaped(title)}</title>
  <desc id="description">${escaped(subtitle)}. ${escaped(spoken)}</desc>
  <style>${STYLE}
  </style>
  <rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
  <text class="title" x="${MARGIN}" y="26">${escaped(title)}</text>
  <text class="quiet" x="${MARGIN}" y="45">${escaped(subtitle)}</text>
  ${[...legend, ...bars].join("\n  ")}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

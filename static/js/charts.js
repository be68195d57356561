// Charts that answer to pointer and keys, drawn in place of the picture the server made, which still prints and is what
// stays where this cannot run. Labels and words are those of the table below the picture, so both say the same.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
// Next to the bars, for what is written behind them; a line of the legend; a row of bars.
const TAIL = 104;
const LEGEND_LINE = 24;
const BAR_ROW = 26;

let library;

function load(address) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve(window.echarts));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return library;
}

/** What the figure shows: what to draw, and the rows of its table. */
function read(figure) {
  const rows = [...figure.querySelectorAll(".chart-figures > div")].map((row) => ({
    label: row.querySelector("dt").textContent.trim(),
    words: row.querySelector("dd").textContent.trim(),
    link: row.querySelector("dt a")?.href,
  }));
  return { ...JSON.parse(figure.dataset.chart), rows };
}

function legendOf(named, width) {
  const length = named.reduce((sum, one) => sum + one.name.length * 12 + 45, 0);
  const lines = named.length ? Math.ceil(length / Math.max(width - 20, 100)) : 0;
  return { lines, option: { data: named.map((one) => one.name), top: 0, left: 0, itemWidth: 14, textStyle: { color: token("ink") } } };
}

const DRAWN = {
  bars({ series, tails, rows }, width) {
    const legend = legendOf(series.filter((one) => one.name), width);
    const bars = series.map((one) => ({
      type: "bar", stack: "all", name: one.name, data: one.values, barMaxWidth: 16, itemStyle: { color: token(one.colour) },
    }));
    // Has no length: carries what is written behind each bar.
    const behind = { type: "bar", stack: "all", data: tails.map(() => 0), label: {
      show: true, position: "right", color: token("ink"), formatter: ({ dataIndex }) => tails[dataIndex],
    } };
    const top = legend.lines * LEGEND_LINE + 4;
    return { height: top + rows.length * BAR_ROW + 8, option: {
      legend: legend.option, grid: { top, left: 4, right: TAIL, bottom: 4 },
      xAxis: { type: "value", show: false },
      yAxis: { type: "category", inverse: true, data: rows.map((row) => row.label), axisTick: { show: false },
        axisLabel: { color: token("ink"), interval: 0, width: Math.max(width * 0.35, 90), overflow: "truncate" } },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
      series: [...bars, behind],
    } };
  },
  lines({ series, limit, rows }, width) {
    const legend = legendOf(series.filter((one) => one.name), width);
    const lines = series.map((one) => ({
      type: "line", name: one.name, data: one.values.map((value) => (value === null ? null : Number(value))),
      symbol: one.name ? one.shape : "none", symbolSize: 8, color: token(one.colour),
      lineStyle: { width: 2, type: one.name ? "solid" : "dashed" },
    }));
    if (limit) {
      // A line of its own, so that the axis reaches it.
      lines.push({ type: "line", data: rows.map(() => Number(limit.value)), symbol: "none", silent: true, lineStyle: { opacity: 0 },
        markLine: { silent: true, symbol: "none", data: [{ yAxis: Number(limit.value) }],
          lineStyle: { color: token("bad"), type: "dashed" },
          label: { formatter: limit.name, position: "insideEndTop", color: token("bad") } } });
    }
    const top = legend.lines * LEGEND_LINE + 16;
    return { height: top + 240, option: {
      legend: legend.option, grid: { top, left: 4, right: 20, bottom: 4 },
      xAxis: { type: "category", data: rows.map((row) => row.label), axisLabel: { color: token("ink-soft") } },
      yAxis: { type: "value", scale: true, axisLabel: { color: token("ink-soft"), formatter: String },
        splitLine: { lineStyle: { color: token("line") } } },
      tooltip: { trigger: "axis" },
      series: lines,
    } };
  },
  spots({ series, size, rows }, width) {
    const legend = legendOf(series, width);
    const top = legend.lines * LEGEND_LINE + 4;
    const scale = width / size[0];
    const axis = { type: "value", show: false, min: 0 };
    return { height: top + size[1] * scale, option: {
      legend: legend.option, grid: { top, left: 0, right: 0, bottom: 0, outerBoundsMode: "none" },
      xAxis: { ...axis, max: size[0] }, yAxis: { ...axis, max: size[1], inverse: true },
      tooltip: { trigger: "item" },
      series: series.map((one, at) => ({
        type: "scatter", name: one.name, symbol: one.shape, itemStyle: { color: token(one.colour), opacity: 0.65 },
        data: one.spots.map(([row, x, y, radius]) => ({
          value: [Number(x), Number(y)], row, name: rows[row].label, symbolSize: Math.max(2 * radius * scale, 8),
        })),
        label: { show: at === series.length - 1 && width > 600, position: "top", opacity: 1, color: token("ink"), formatter: "{b}",
          textBorderColor: "white", textBorderWidth: 3 },
        labelLayout: { hideOverlap: true },
      })),
    } };
  },
};

/** Where a row of the table stands in the drawing: the first series that has it. */
function place(plot, row) {
  for (const [seriesIndex, one] of plot.series.entries()) {
    const dataIndex = one.spots ? one.spots.findIndex((spot) => spot[0] === row) : row;
    if (dataIndex >= 0 && (one.spots || one.values[row] !== null)) return { seriesIndex, dataIndex };
  }
  return null;
}

/** Under the pointer: the row of the table, as it is printed there. */
function tip(row) {
  const box = document.createElement("div");
  const label = document.createElement("strong");
  label.textContent = row.label;
  box.append(label, ...row.words.split("；").map((words) => Object.assign(document.createElement("div"), { textContent: words })));
  return box;
}

function answer(host, chart, plot) {
  let at = -1;
  const go = (row) => {
    at = Math.min(Math.max(row, 0), plot.rows.length - 1);
    host.setAttribute("aria-valuenow", at + 1);
    host.setAttribute("aria-valuetext", `${plot.rows[at].label}：${plot.rows[at].words}`);
    const found = place(plot, at);
    chart.dispatchAction(found ? { type: "showTip", ...found } : { type: "hideTip" });
  };
  const follow = (row) => {
    if (plot.rows[row]?.link) location.assign(plot.rows[row].link);
  };
  const keys = {
    ArrowRight: () => go(at + 1), ArrowDown: () => go(at + 1), ArrowLeft: () => go(at - 1), ArrowUp: () => go(at - 1),
    Home: () => go(0), End: () => go(plot.rows.length - 1), Enter: () => follow(at),
    Escape: () => chart.dispatchAction({ type: "hideTip" }),
  };
  host.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  host.addEventListener("blur", () => chart.dispatchAction({ type: "hideTip" }));
  chart.on("click", ({ data }) => follow(data?.row));
}

/** A slider over the rows of the table is what a screen reader can follow: it says each as the keys reach it. */
function hostOf(figure, plot) {
  const host = document.createElement("div");
  host.className = "chart-live";
  host.tabIndex = 0;
  const said = { role: "slider", "aria-label": figure.querySelector("figcaption").textContent, "aria-roledescription": "图表",
    "aria-valuemin": 1, "aria-valuemax": plot.rows.length, "aria-valuenow": 1,
    "aria-valuetext": `${plot.rows[0].label}：${plot.rows[0].words}` };
  for (const [name, value] of Object.entries(said)) host.setAttribute(name, value);
  return host;
}

async function enliven(figure) {
  const echarts = await load(figure.dataset.library);
  const plot = read(figure);
  const host = hostOf(figure, plot);
  figure.prepend(host);
  const optionNow = () => {
    const { height, option } = DRAWN[plot.kind](plot, host.clientWidth);
    host.style.height = `${Math.round(height)}px`;
    return { ...option, animation: !calm.matches, textStyle: { fontFamily: token("han") },
      tooltip: { ...option.tooltip, confine: true, className: "chart-tip", extraCssText: "white-space: normal",
        formatter: (shown) => tip(plot.rows[shown.data?.row ?? (shown[0] ?? shown).dataIndex]) } };
  };
  const option = optionNow();
  const chart = echarts.init(host);
  chart.setOption(option);
  answer(host, chart, plot);
  figure.classList.add("is-live");
  let width = host.clientWidth;
  new ResizeObserver(() => {
    // Nothing while it is hidden, as on paper.
    if (!host.clientWidth || host.clientWidth === width) return;
    width = host.clientWidth;
    chart.setOption(optionNow());
    chart.resize();
  }).observe(host);
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    enliven(target);
  }
}, { rootMargin: "200px" });
for (const figure of document.querySelectorAll("[data-chart]")) seen.observe(figure);

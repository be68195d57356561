// Charts from data the server put on the page; numbers are judged and rounded there, drawn here.
//
//   <div class="chart" data-chart="spread-data"></div>
//   {{ chart|json_script:"spread-data" }}
//   <script defer src="vendor/echarts.js"></script> before this module.
//
// Data: {
//   kind:  "distribution" (bars per school, sorted by the server) | "coefficients" (bars per indicator
//          against a limit) | "trend" (line over rounds),
//   title: what the chart shows, in words (also the text for screen readers),
//   unit:  "人", "㎡", "元", "间" or "",
//   limit, limit_label: the line to reach or not to exceed (decimal string or null; default label 标准 / 限值),
//   floor, mean:        further lines (decimal string or null; 85% 底线, 全区均值),
//   items: [{ label, value (decimal string or null = no value), text (value as printed, optional),
//             tone ("ok" | "warn" | "bad" | "muted", optional), note (words, optional), url (optional) }]
// }
// Every chart gets a table with the same figures below it, so nothing depends on seeing the picture.

const INK = "#1d2939";
const TONES = { ok: "#1f7a4d", warn: "#b7791f", bad: "#b42318", muted: "#667085", info: "#14559c" };
// A second sign beside the colour: bars in trouble are hatched.
const DECALS = {
  bad: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: -Math.PI / 4, color: "rgba(255,255,255,.55)" },
  warn: { symbol: "circle", symbolSize: 0.6, color: "rgba(255,255,255,.55)" },
};

const number = (text) => (text === null || text === undefined || text === "" ? null : Number(text));
const printed = (item) => item.text ?? item.value ?? "—";

function lines(data) {
  const limitLabel = data.limit_label ?? (data.kind === "coefficients" ? "限值" : "标准");
  return [
    [number(data.limit), limitLabel, "#b42318", "solid"],
    [number(data.floor), "85% 底线", "#7a4a00", "dotted", "insideStartBottom"],
    [number(data.mean), "全区均值", "#14559c", "dashed"],
  ].filter(([value]) => value !== null);
}

function top(data, highest) {
  const above = Math.max(0, ...lines(data).map(([value]) => value));
  return highest >= above ? null : Number((above * 1.1).toPrecision(2));
}

function options(data) {
  const bars = data.kind !== "trend";
  const many = data.items.length > 24;
  const category = {
    type: "category",
    data: data.items.map((item) => item.label),
    axisLabel: { color: INK, interval: 0, rotate: data.items.length > (innerWidth < 700 ? 3 : 8) ? 40 : 0, width: 84, overflow: "truncate" },
  };
  return {
    aria: { enabled: true, label: { description: describe(data) }, decal: { show: bars } },
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 64, top: 24, bottom: many ? 48 : 8, containLabel: true },
    // Rich text is drawn on the canvas; an HTML tooltip would need inline styles.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, formatter: (found) => hint(data, found[0]) },
    dataZoom: many ? [{ type: "slider", height: 18, bottom: 8, startValue: 0, endValue: 23 }] : [],
    xAxis: category,
    // ECharts scales to the bars alone; a limit above all of them must still be seen.
    yAxis: { type: "value", name: data.unit, axisLabel: { color: INK }, max: (seen) => top(data, seen.max) },
    series: [
      {
        type: bars ? "bar" : "line",
        barMaxWidth: 36,
        label: {
          show: !many,
          position: "top",
          color: INK,
          backgroundColor: "rgba(255,255,255,.85)",
          formatter: (found) => printed(data.items[found.dataIndex]),
        },
        data: data.items.map((item) => ({
          value: number(item.value),
          itemStyle: { color: TONES[item.tone] ?? TONES.info, ...(bars && { decal: DECALS[item.tone] ?? { symbol: "none" } }) },
        })),
        markLine: {
          symbol: "none",
          data: lines(data).map(([value, label, color, type, position = "end"]) => ({
            yAxis: value,
            lineStyle: { color, type, width: 2 },
            label: { formatter: position === "end" ? `${label}\n${value}` : `${label} ${value}`, color, position, backgroundColor: "rgba(255,255,255,.85)" },
          })),
        },
      },
    ],
  };
}

function hint(data, found) {
  const item = data.items[found.dataIndex];
  return [item.label, `${printed(item)}${data.unit ?? ""}`, item.note].filter(Boolean).join("\n");
}

function describe(data) {
  const marks = lines(data).map(([value, label]) => `${label}${value}`);
  return [data.title, ...marks, `共 ${data.items.length} 项，数据见图下表格`].join("，");
}

function cell(row, kind, text, url) {
  const made = document.createElement(kind);
  if (url) {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = text;
    made.append(link);
  } else {
    made.textContent = text;
  }
  if (kind === "th") made.scope = row.parentNode?.nodeName === "THEAD" ? "col" : "row";
  row.append(made);
}

function table(data) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = "查看数据表";
  const wrap = document.createElement("div");
  wrap.className = "table-responsive";
  const made = document.createElement("table");
  made.className = "table table-sm";
  const head = made.createTHead().insertRow();
  for (const text of ["名称", `数值${data.unit ? `(${data.unit})` : ""}`, "说明"]) cell(head, "th", text);
  const body = made.createTBody();
  for (const item of data.items) {
    const row = body.insertRow();
    cell(row, "th", item.label, item.url);
    cell(row, "td", printed(item));
    cell(row, "td", item.note ?? "");
  }
  wrap.append(made);
  details.append(summary, wrap);
  return details;
}

/** Draw one chart into its container. */
export function draw(container) {
  const source = document.getElementById(container.dataset.chart);
  if (!source || container.dataset.drawn) return;
  container.dataset.drawn = "1";
  const data = JSON.parse(source.textContent);
  container.setAttribute("role", "img");
  container.setAttribute("aria-label", describe(data));
  container.after(table(data));
  if (!window.echarts) {
    // The figures are still there: open the table instead of leaving a hole.
    container.hidden = true;
    container.nextElementSibling.open = true;
    return;
  }
  const chart = window.echarts.init(container, null, { renderer: "svg" });
  chart.setOption(options(data));
  chart.on("click", (found) => {
    const url = data.items[found.dataIndex]?.url;
    if (url) location.assign(url);
  });
  new ResizeObserver(() => chart.resize()).observe(container);
}

for (const container of document.querySelectorAll("[data-chart]")) draw(container);

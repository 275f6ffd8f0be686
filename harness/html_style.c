#include "html.h"

/* The page's own colours, as variables: on white, then on black. */
static const char light[] =
    "--paper:#ffffff;--card:#ffffff;--ink:#1c232e;--soft:#566070;"
    "--line:#d9dee5;--grid:#dfe3e9;--band:#f0f2f5;--area:#ccd2d9;"
    "--good:#0a6b3b;--bad:#a3420b;--fail:#b00020;--code:#f5f6f8";
static const char dark[] =
    "--paper:#11151b;--card:#161b22;--ink:#e4e8ee;--soft:#9aa5b4;"
    "--line:#2c343f;--grid:#2d3541;--band:#1d242d;--area:#3b4552;"
    "--good:#5fd394;--bad:#f3a26d;--fail:#ff7b8a;--code:#1a2029";

static const char rules[] =
    "*{box-sizing:border-box}\n"
    "html{color-scheme:light dark;-webkit-text-size-adjust:100%}\n"
    "body{margin:0 auto;max-width:1520px;padding:0 clamp(14px,3vw,44px) 4rem;"
    "background:var(--paper);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,"
    "'Helvetica Neue',Arial,sans-serif}\n"
    "h1{font-size:1.9rem;line-height:1.2;margin:2rem 0 .3rem}\n"
    "h2{font-size:1.35rem;line-height:1.25;margin:3rem 0 .6rem;"
    "padding-top:.8rem;border-top:1px solid var(--line);"
    "overflow-wrap:anywhere}\n"
    "h3{font-size:1.02rem;margin:1.6rem 0 .4rem;overflow-wrap:anywhere}\n"
    ".workload h3{font-size:1.12rem;margin-top:2.2rem}\n"
    "p,li{max-width:84ch}\n"
    ".age,.legend{color:var(--soft);margin:.3rem 0}\n"
    "a{color:inherit;text-decoration-color:var(--soft);"
    "text-underline-offset:.2em}\n"
    "nav{margin:1rem 0;font-size:.92rem}\n"
    "nav ul{list-style:none;margin:0;padding:0}\n"
    "nav li{display:flex;flex-wrap:wrap;gap:.15rem .9rem;max-width:none;"
    "padding:.12rem 0}\n"
    "nav li a:first-child{font-weight:600}\n"
    "ul.lines{list-style:none;padding:0;margin:.6rem 0}\n"
    "ul.lines li{margin:.45rem 0;padding-left:1.35rem;"
    "overflow-wrap:anywhere}\n"
    "ul.lines .dot{margin-left:-1.35rem;margin-right:.6rem}\n"
    ".dot{display:inline-block;width:.75rem;height:.75rem;"
    "border-radius:50%;margin-right:.5rem;vertical-align:-.04em}\n"
    "li.failed{border-left:4px solid var(--fail);font-weight:600}\n"
    ".scroll{overflow-x:auto;margin:.8rem 0 .2rem;"
    "-webkit-overflow-scrolling:touch}\n"
    "table{border-collapse:collapse;font-size:.9rem;"
    "font-variant-numeric:tabular-nums;line-height:1.35}\n"
    "caption{text-align:left;padding:0 0 .4rem;color:var(--soft)}\n"
    "details caption{max-width:84ch}\n"
    "th,td{padding:.32rem .7rem;text-align:left;vertical-align:baseline;"
    "white-space:nowrap;border-bottom:1px solid var(--line)}\n"
    "th:first-child{position:sticky;left:0;background:var(--paper);"
    "padding-left:0}\n"
    "thead th{border-bottom:2px solid var(--soft);font-weight:600;"
    "color:var(--soft)}\n"
    "tbody th{font-weight:600}\n"
    ".right{text-align:right}\n"
    ".good{color:var(--good);font-weight:600}\n"
    ".bad{color:var(--bad);font-weight:600}\n"
    ".quiet{color:var(--soft)}\n"
    ".failed{color:var(--fail);font-weight:700}\n"
    "sup{font-size:.72em;line-height:0;margin-left:.1em;color:var(--soft);"
    "font-weight:400}\n"
    ".text td,.text tbody th{white-space:normal;min-width:6rem;"
    "max-width:64ch;overflow-wrap:break-word}\n"
    ".text tbody th{max-width:26rem;font-weight:500}\n"
    ".text caption{font-weight:600;font-size:1.02rem;color:inherit;"
    "padding-top:1rem}\n"
    ".text td:last-child{min-width:min(16rem,46vw)}\n"
    "@media (max-width:600px){.text td{min-width:2.6rem}"
    ".text th,.text td{padding-right:.35rem}}\n"
    ".pair{display:grid;gap:0 3rem;align-items:start;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr))}\n"
    ".pair>div{min-width:0}\n"
    "ol.notes{margin:.3rem 0 1rem;padding-left:1.6rem;font-size:.85rem;"
    "color:var(--soft)}\n"
    ".figures,.figures>div{display:grid;gap:1rem;align-items:start;"
    "min-width:0}\n"
    ".figures{margin:1.2rem 0;"
    "grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr))}\n"
    "figure{margin:0;padding:.7rem .8rem;border:1px solid var(--line);"
    "border-radius:8px;background:var(--card);min-width:0}\n"
    "figure svg{display:block;width:100%;height:auto;margin:0 auto;"
    "max-width:600px;color:var(--ink);font-family:inherit}\n"
    "figcaption{font-size:.84rem;line-height:1.4;color:var(--soft);"
    "margin-top:.4rem;overflow-wrap:anywhere}\n"
    "pre{overflow-x:auto;background:var(--code);padding:.55rem .8rem;"
    "border-radius:6px;font:.82rem/1.5 ui-monospace,SFMono-Regular,Menlo,"
    "Consolas,monospace;margin:.3rem 0 .8rem}\n"
    "summary{cursor:pointer;color:var(--soft);margin:.5rem 0}\n"
    "details .scroll caption{font-weight:400;font-size:.9rem;padding-top:0}\n";

static void
put_arms(FILE *out, const palette_t *palette, size_t narms, int on_black)
{
	for (size_t a = 0; a < narms; a++) {
		const palette_row_t *row = palette_of(palette, a);
		fprintf(
		    out, ";--arm%zu:%s", a, on_black ? row->dark : row->light);
	}
}

void
html_style(FILE *out, const palette_t *palette, size_t narms)
{
	fprintf(out, ":root{%s", light);
	put_arms(out, palette, narms, 0);
	fprintf(out, "}\n@media (prefers-color-scheme:dark){:root{%s", dark);
	put_arms(out, palette, narms, 1);
	fprintf(out, "}}\n%s", rules);
}

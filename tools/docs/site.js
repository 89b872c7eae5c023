// Theme, chapter list on small screens, copy buttons, search. Pages read well without any of it.
const root = document.body.dataset.root, html = document.documentElement, by = id => document.getElementById(id);

by("theme").onclick = () => {
  html.dataset.theme = html.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", html.dataset.theme);
};

by("menu").onclick = () => by("menu").setAttribute("aria-expanded", by("chapters").classList.toggle("open"));
by("chapters").querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
scrollTo(0, location.hash ? scrollY : 0);

for (const block of document.querySelectorAll("div.sourceCode")) {
  const button = Object.assign(document.createElement("button"), { className: "copy", textContent: "Copy" });
  button.onclick = async () => {
    await navigator.clipboard.writeText(block.querySelector("code").innerText);
    button.textContent = "Copied";
    setTimeout(() => button.textContent = "Copy", 1500);
  };
  block.append(button);
}

let engine;
async function search(query) {
  engine ??= await import(new URL(root + "pagefind/pagefind.js", location.href));
  const found = await engine.debouncedSearch(query, {}, 150);
  if (!found) return; // a later key stroke took over
  const pages = await Promise.all(found.results.slice(0, 12).map(r => r.data()));
  by("results").replaceChildren(...pages.map(result));
  if (!pages.length && query) by("results").textContent = "Nothing found.";
}

function result(page) {
  const best = page.sub_results.find(s => s.url.includes("#")) ?? page.sub_results[0] ?? page;
  const item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
  link.href = best.url;
  link.textContent = best.title === page.meta.title ? best.title : `${page.meta.title} › ${best.title}`;
  link.onclick = () => by("search").close();
  text.innerHTML = best.excerpt;
  item.append(link, text);
  return item;
}

by("find").onclick = () => { by("search").showModal(); by("query").focus(); };
by("query").oninput = event => search(event.target.value);
document.addEventListener("keydown", event => {
  if (event.key === "/" && !/input|textarea/i.test(event.target.tagName)) { event.preventDefault(); by("find").click(); }
});

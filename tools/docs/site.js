// Theme, chapter list on small screens, copy buttons, search. Pages read well without any of it.
const root = document.body.dataset.root, html = document.documentElement, by = id => document.getElementById(id);

by("theme").onclick = () => {
  html.dataset.theme = html.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", html.dataset.theme);
};

function menu(open) {
  by("chapters").classList.toggle("open", open);
  by("menu").setAttribute("aria-expanded", open);
  html.classList.toggle("covered", open); // the page behind does not scroll
}
by("menu").onclick = () => menu(!by("chapters").classList.contains("open"));
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

let turn = 0;
async function search(query) {
  const mine = ++turn;
  if (!query.trim()) return by("results").replaceChildren();
  const { load, rank } = await import("./finder.js");
  await load(root + "assets/search.json");
  if (mine !== turn) return; // a later key stroke took over
  const found = rank(query).slice(0, 12);
  by("results").replaceChildren(...found.map(hit));
  if (!found.length) by("results").textContent = "Nothing found.";
}

function hit({ url, title, summary }) {
  const item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
  link.href = root + url;
  link.textContent = title;
  link.onclick = () => by("search").close();
  text.textContent = summary;
  item.append(link, text);
  return item;
}

by("find").onclick = () => { by("search").showModal(); by("query").focus(); };
by("query").oninput = event => search(event.target.value);
by("search").onkeydown = event => { // Enter opens the first hit, arrows walk through them
  const links = [...by("results").querySelectorAll("a")], at = links.indexOf(document.activeElement);
  if (event.key === "Enter" && document.activeElement === by("query")) { event.preventDefault(); links[0]?.click(); }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  (links[at + (event.key === "ArrowDown" ? 1 : -1)] ?? by("query")).focus();
};
document.addEventListener("keydown", event => {
  const typing = /input|textarea/i.test(event.target.tagName), command = (event.ctrlKey || event.metaKey) && event.key === "k";
  if (command || (event.key === "/" && !typing)) { event.preventDefault(); by("find").click(); }
  if (event.key === "Escape") menu(false);
});

for (const heading of document.querySelectorAll("article :is(section, h2, h3)[id]")) { // a sign that gives the address of a section
  const title = heading.matches("section") ? heading.querySelector(":scope > :is(h2, h3)") : heading;
  if (!title || title.querySelector(".anchor")) continue;
  title.append(Object.assign(document.createElement("a"), { className: "anchor", href: "#" + heading.id, textContent: "#", ariaLabel: "Link to this section" }));
}

// Ranks pages for a query by the index that finder.py wrote: other forms of a word count nearly as much, words of
// nearly its meaning half as much, and a page that has all words of the query comes before one that has some.
const ending = /^(|e|y|s|es|ed|d|r|er|ers|or|ing|ings|ion|ions|ation|ations|ity|ies|ied|ive|able|al|ally|ly|ment|ic|ical|icates?|ifications?|ications?|ied|ifying|ty|t)$/;
const near = [ // groups of words that visitors use for each other
  "install setup pip download", "torch pytorch", "lambda lam penalty regularization weight", "sklearn scikit estimator",
  "certificate audit auditor verify proof", "adversarial attack robust perturbation", "csv table excel spreadsheet dataframe pandas",
  "large big many huge million", "dataset data rows samples", "chip embedded microcontroller device firmware",
  "optimize optimization maximize minimize surrogate", "interval uncertainty coverage conformal band", "monotone monotonic increasing constraint",
  "speed fast time benchmark seconds slow", "choose select tune hyperparameter", "plot figure picture chart image", "fit train training learn",
  "export save write", "import load read", "network net model", "bound constant", "guarantee certified promise"].map(g => g.split(" "));
const stop = new Set("a an and are as at be but by can do does for from has have how i if in into is it its me my no not of on one or our so than that the their then there these this to was we what when where which who why will with you your".split(" "));

const name = "lipcvx", enough = 10; // the package's name says nothing here; a word said so much counts half of what it can

let index;
export async function load(address) { return index ??= await (await fetch(address)).json(); }

export function words(text) { return text.toLowerCase().replace(/λ/g, "lambda").match(/[a-z0-9]+/g) ?? []; }

export function alike(a, b) { // two forms of one word: a common stem of three letters at least, and endings
  if (a === b) return true;
  let k = 0;
  while (k < a.length && a[k] === b[k]) k++;
  const rest = s => s[0] === s[1] || s.length < 2 || s[0] !== a[k - 1] ? s : s.slice(1); // fit, fitting
  const forms = (x, y) => ending.test(x) && (ending.test(y) || y[0] === a[k - 1] && ending.test(y.slice(1)));
  return k >= Math.max(3, Math.min(a.length, b.length) - 3) && (forms(a.slice(k), b.slice(k)) || forms(b.slice(k), a.slice(k)));
}

function weight(asked, word, last) { // how much a word of a page counts for a word of the query
  if (asked === word) return 1;
  if (alike(asked, word)) return 0.7;
  if (last && asked.length > 1 && word.startsWith(asked)) return 0.5; // still being typed
  return near.some(g => g.includes(asked) && g.includes(word)) ? 0.4 : 0;
}

export function rank(query) { // pages with their scores, the best first
  const all = words(query).filter(w => w !== name), asked = all.filter(w => !stop.has(w)), found = new Map();
  const wanted = asked.length ? asked : all;
  wanted.forEach((word, i) => {
    const much = new Map(); // by page: how much it says the word, in all its forms
    for (const [said, at] of Object.entries(index.words)) {
      const w = weight(word, said, i === wanted.length - 1);
      if (w) for (let k = 0; k < at.length; k += 2) { // the form it says most, and a part of the others
        const [m, old] = [w * at[k + 1] / 10, much.get(at[k]) ?? 0];
        much.set(at[k], Math.max(m, old) + 0.3 * Math.min(m, old));
      }
    }
    const rare = Math.log(1 + index.pages.length / much.size);
    for (const [page, m] of much) found.set(page, [...(found.get(page) ?? []), rare * m / (enough + m)]);
  });
  const total = (page, scores) => index.pages[page][4] * scores.reduce((a, b) => a + b) * scores.length / wanted.length;
  return [...found].map(([page, scores]) => ({ page, score: total(page, scores) })).sort((a, b) => b.score - a.score)
    .map(({ page, score }) => hit(index.pages[page], wanted, score));
}

function hit([url, title, summary, headings], wanted, score) { // with the section that says most of the query, if one does
  const said = text => words(text).filter(w => wanted.some(a => alike(a, w))).length;
  const section = headings.map(([id, text]) => ({ id, text, n: said(text) })).sort((a, b) => b.n - a.n)[0];
  return section?.n > said(title) ? { url: `${url}#${section.id}`, title: `${title} › ${section.text}`, summary, score } : { url, title, summary, score };
}

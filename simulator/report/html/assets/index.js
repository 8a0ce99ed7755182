// The index of a report: what is shown follows what is searched for.
const rows = [...document.querySelectorAll("tbody tr")];
const search = document.getElementById("search");

function narrow() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const verdict = document.querySelector("input[name=verdict]:checked").value;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !(
      words.every((word) => text.includes(word)) &&
      (verdict === "all" || row.dataset.verdict === verdict)
    );
  }
  document.getElementById("nothing").hidden = rows.some((row) => !row.hidden);
}

document.querySelector(".filter").hidden = false;
search.addEventListener("input", narrow);
for (const choice of document.querySelectorAll("input[name=verdict]")) choice.addEventListener("change", narrow);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
});
narrow();
document.body.dataset.ready = "";

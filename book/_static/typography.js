// A full stop or a comma stays on the line of the formula before it.
const PUNCTUATION = /^[.,;:!?)\]’”]+/;

document.addEventListener("DOMContentLoaded", () => {
  for (const formula of document.querySelectorAll("span.math")) {
    const text = formula.nextSibling;
    const [mark] = (text?.nodeType === Node.TEXT_NODE && PUNCTUATION.exec(text.data)) || [];
    if (!mark) continue;
    const pair = document.createElement("span");
    pair.className = "formula-with-mark";
    formula.before(pair);
    text.splitText(mark.length);
    pair.append(formula, text);
  }
});

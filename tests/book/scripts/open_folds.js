// Open everything that is folded; say how many folds there were.
() => {
  const details = [...document.querySelectorAll("details:not([open])")];
  details.forEach((fold) => { fold.open = true; });
  const boxes = [...document.querySelectorAll(".toggle-hidden > .toggle-button, .toggle-hidden .admonition-title")];
  boxes.forEach((fold) => fold.click());
  return details.length + boxes.length;
}

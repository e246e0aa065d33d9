// The outermost elements of the text that reach beyond the window, unless a box around them scrolls.
() => {
  const limit = document.documentElement.clientWidth + 1;
  const scrolls = (element) => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
      const overflow = getComputedStyle(box).overflowX;
      if (["auto", "scroll"].includes(overflow) && box.getBoundingClientRect().right <= limit) return true;
    }
    return false;
  };
  const hidden = (element) => element.closest("mjx-assistive-mml, .visually-hidden");
  const beyond = [...document.querySelectorAll(".bd-article *, .bd-header-article *, body > main *")]
    .filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && box.right > limit && !hidden(element) && !scrolls(element);
    });
  const outermost = beyond.filter((element) => !beyond.includes(element.parentElement));
  const page = document.scrollingElement;
  const wide = page.scrollWidth > page.clientWidth + 1 ? [`the page is ${page.scrollWidth} px wide`] : [];
  return wide.concat(outermost.map((element) => element.outerHTML.slice(0, 160)));
}

// True once mathematics is typeset, widgets are drawn, fonts are loaded and no other page is to follow.
() => {
  const mathDone = !document.querySelector(".math") ||
    !document.querySelector("script[src*='tex-mml-chtml']") ||
    document.querySelector("mjx-container") !== null;
  const views = document.querySelectorAll("script[type='application/vnd.jupyter.widget-view+json']");
  const widgetsDone = [...views].every((view) => view.parentElement.querySelector(".jupyter-widgets"));
  const stays = !document.querySelector("meta[http-equiv='refresh']");
  return stays && document.readyState === "complete" && document.fonts.status === "loaded" && mathDone && widgetsDone;
}

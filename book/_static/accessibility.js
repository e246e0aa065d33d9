// What the theme and the widgets leave out for readers who use a keyboard or a screen reader.

// A slider's handle is named after the slider's label, and says the value that stands beside it.
const nameSliders = () => {
  for (const handle of document.querySelectorAll(".noUi-handle")) {
    const slider = handle.closest(".widget-slider");
    const label = slider?.querySelector(".widget-label");
    const value = slider?.querySelector(".widget-readout");
    if (label) handle.setAttribute("aria-label", label.textContent);
    if (value) handle.setAttribute("aria-valuetext", value.textContent);
  }
};

// A formula in the text that is wider than a phone gets a box of its own to scroll in.
const boxWideFormulas = () => {
  for (const formula of document.querySelectorAll("mjx-container:not([display])")) {
    const room = formula.closest("p, li, td, th, dd")?.clientWidth ?? Infinity;
    formula.classList.toggle("wide-formula", formula.firstElementChild.offsetWidth > room);
  }
};

// What scrolls sideways can be reached, and so scrolled, with the keyboard.
const SCROLLING = "mjx-container[display], .wide-formula, .cell_output pre, .highlight pre, .pst-scrollable-table-container";
const reachScrollers = () => {
  for (const box of document.querySelectorAll(SCROLLING)) {
    if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
    else box.removeAttribute("tabindex");
  }
};

// The sidebar holds the logo, so it is a landmark too.
const markSidebar = () => {
  const sidebar = document.querySelector("#pst-primary-sidebar");
  sidebar?.setAttribute("role", "region");
  sidebar?.setAttribute("aria-label", "Sidebar");
};

// A button with words on it is called by those words.
const unnameButtons = () => {
  for (const button of document.querySelectorAll("button.search-button-field[aria-label]")) {
    button.removeAttribute("aria-label");
  }
};

// docutils gives the entries of a bibliography roles that ARIA has dropped.
const dropOldRoles = () => {
  for (const element of document.querySelectorAll(".citation-list[role], .citation[role], .footnote-list[role], .footnote[role]")) {
    element.removeAttribute("role");
  }
};

const mend = () => {
  nameSliders();
  boxWideFormulas();
  reachScrollers();
};

document.addEventListener("DOMContentLoaded", () => {
  markSidebar();
  unnameButtons();
  dropOldRoles();
  mend();
  // Widgets and formulas are drawn later, and folds open when a reader asks.
  let waiting = false;
  const mendSoon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mend(); });
  };
  new MutationObserver(mendSoon).observe(document.body, { childList: true, subtree: true });
  window.addEventListener("resize", mendSoon);
  document.addEventListener("toggle", mendSoon, true);
  document.addEventListener("click", mendSoon);
});

// The widget manager asks MathJax 2 to typeset what it draws; this book carries MathJax 3.
// Runs after MathJax and before the widget manager.
if (window.MathJax) {
  window.MathJax.Hub = {
    Queue: ([, , element]) => window.MathJax.startup.promise.then(() => window.MathJax.typesetPromise([element])),
  };
}

"""Turn a page, as Sphinx has resolved it, into plain Markdown and code cells.

Sphinx knows what a reference points at, which number a theorem has and what a cell has computed;
here its document tree becomes Markdown that Colab and JupyterLab show without any extension.

* ``inline``: what stands in a line of text.
* ``pieces``: the sequence of Markdown blocks and code cells, which ``blocks`` (paragraphs, lists,
  tables) and ``boxes`` (theorems, exercises, solutions) fill.
* ``prepare``: numbers and links, written onto the tree beforehand.
* ``cells``: pieces and outputs to a notebook.
* ``builder``: the Sphinx builder that does all this for every page with code.
* ``pairs``: which pages have a notebook, and whether the notebook is up to date.
"""

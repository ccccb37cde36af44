"""The pages in a browser: a thin layer over `kb.library`, as the commands are."""

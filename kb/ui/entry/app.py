"""What `kb ui` runs: the pages over the library that it was started for."""

from kb.ui.main import main

main()

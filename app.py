"""What `streamlit run app.py` runs: the pages over the library of this folder."""

from kb.ui.main import main

main()

"""To come."""

import streamlit as st

from kb.ui.shell import library

st.write(len(library().notes()))

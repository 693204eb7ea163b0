"""What the pages share; Streamlit's page discovery does not enter a sub-folder."""

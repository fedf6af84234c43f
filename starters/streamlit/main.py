import streamlit as st

st.title("{{ project_name }}")
name = st.text_input("Name", "world")
st.write(f"Hello, {name}")

import streamlit as st

st.title("My-Service")
name = st.text_input("Name", "world")
st.write(f"Hello, {name}")

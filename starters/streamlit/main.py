import streamlit as st
{% include 'partials/hooks/imports.jinja' %}

{% include 'partials/hooks/start.jinja' %}
st.title("{{ project_name }}")
name = st.text_input("Name", "world")
st.write(f"Hello, {name}")

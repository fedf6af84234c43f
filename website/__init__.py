"""The site: its generated pages, the configurator, and what MkDocs is told; `make site` builds it."""

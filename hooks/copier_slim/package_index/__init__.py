"""PyPI and its like: requests, what is kept of their answers, and which wheels fit."""

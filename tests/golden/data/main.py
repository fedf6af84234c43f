from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> dict[str, str]:
    return {"message": "Hello from My-Service"}


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}

"""The baseline in Flask, as one writes it: `gunicorn --worker-class gthread flask_app:app`."""

import time

import answers
from flask import Flask, Response, request

app = Flask(__name__)


def timed(parts):
    for wait, part in parts:
        if wait > 0:
            time.sleep(wait)
        yield part


@app.get("/micro/plain")
def plain():
    return Response(answers.plain(request.args), mimetype="text/plain")


@app.get("/micro/chunked")
def chunked():
    return Response(timed(answers.pieces(request.args)), mimetype="application/octet-stream")


@app.post("/v1/chat/completions")
def chat():
    parts = timed(answers.waits(request.get_json()))
    return Response(parts, mimetype="text/event-stream", headers={"cache-control": "no-cache"})

"""The baseline in FastAPI, as one writes it: `uvicorn fastapi_app:app`."""

import asyncio

import answers
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse

app = FastAPI()


async def timed(parts):
    for wait, part in parts:
        if wait > 0:
            await asyncio.sleep(wait)
        yield part


@app.get("/micro/plain")
async def plain(request: Request):
    return PlainTextResponse(answers.plain(request.query_params))


@app.get("/micro/chunked")
async def chunked(request: Request):
    return StreamingResponse(timed(answers.pieces(request.query_params)), media_type="application/octet-stream")


@app.post("/v1/chat/completions")
async def chat(request: Request):
    return StreamingResponse(
        timed(answers.waits(await request.json())),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache"},
    )

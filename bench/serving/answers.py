"""What the baselines in Python answer: byte for byte what the synthetic provider does (src/synthetic)."""

import json
import math
import os
import time

SEED = 1
MASK = 0xFFFFFFFF
SUBJECTS = ("the river", "a patient engineer", "the old lighthouse", "every signal", "the small machine", "a careful reader")
VERBS = ("follows", "measures", "carries", "remembers", "repeats", "crosses")
OBJECTS = (
    "the long way home",
    "a simple rule",
    "one bright line",
    "the next question",
    "a quiet valley",
    "the shape of the answer",
)
LINKS = ("and then", "because", "while", "until", "so that")


def seeded_random(seed):
    """mulberry32, as src/core/random.ts."""
    state = seed & MASK
    while True:
        state = (state + 0x6D2B79F5) & MASK
        mixed = ((state ^ (state >> 15)) * (state | 1)) & MASK
        mixed ^= (mixed + (((mixed ^ (mixed >> 7)) * (mixed | 61)) & MASK)) & MASK
        yield (mixed ^ (mixed >> 14)) / 2**32


def prose(random):
    """Endless text, word by word, as src/synthetic/prose.ts."""

    def pick(words):
        return words[math.floor(next(random) * len(words))]

    def clause():
        return f"{pick(SUBJECTS)} {pick(VERBS)} {pick(OBJECTS)}"

    while True:
        sentence = clause() if next(random) < 0.5 else f"{clause()} {pick(LINKS)} {clause()}"
        first, *rest = sentence.split(" ")
        yield f" {first.capitalize()}"
        for word in rest:
            yield f" {word}"
        yield "."


def tokens(count, size):
    words = prose(seeded_random(SEED))
    for index in range(count):
        text = next(words)
        if index == 0:
            text = text.lstrip()
        while len(text) < size:
            text += next(words)
        yield text[:size]


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def frames(request):
    """The events of a chat completion, each with its time in seconds after the request."""

    def asked(name, variable, usual):
        return request[name] if request.get(name) is not None else float(os.environ.get(variable, usual))

    wanted = int(asked("frames", "SYN_FRAMES", 200))
    delay = asked("delay_ms", "SYN_DELAY_MS", 5) / 1000
    size = int(asked("bytes_per_frame", "SYN_BYTES", 64))
    count = min(wanted, request.get("max_completion_tokens") or request.get("max_tokens") or wanted)
    head = {
        "id": f"chatcmpl-{SEED:08x}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": request["model"],
        "service_tier": "default",
        "obfuscation": "aB3xQ",
    }

    def event(more):
        return f"data: {dump({**head, **more})}\n\n"

    def choice(delta):
        return event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})

    yield 0, choice({"role": "assistant", "content": ""})
    for index, text in enumerate(tokens(count, size)):
        yield index * delay, choice({"content": text})
    end = max(0, count - 1) * delay
    reason = "length" if count < wanted else "stop"
    yield end, event({"choices": [{"delta": {}, "finish_reason": reason, "index": 0}]})
    if (request.get("stream_options") or {}).get("include_usage"):
        prompt = math.ceil(len(dump(request["messages"])) / 4)
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": count,
            "total_tokens": prompt + count,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }
        yield end, event({"choices": [], "usage": usage})
    yield end, "data: [DONE]\n\n"


def waits(request):
    """The events of a chat completion, each with the seconds to wait before it."""
    began = time.monotonic()
    for at, text in frames(request):
        yield began + at - time.monotonic(), text


def plain(query):
    return "x" * int(query.get("bytes", 1024))


def pieces(query):
    """Bytes in pieces of the same size, each with the seconds to wait before it; the first also takes the rest."""
    count, chunks = int(query.get("bytes", 1024)), int(query.get("chunks", 10))
    delay = float(query.get("delay_ms", 0)) / 1000
    size = count // chunks
    for index in range(chunks):
        piece = count - size * (chunks - 1) if index == 0 else size
        if piece > 0:
            yield (delay if index > 0 else 0), b"x" * piece

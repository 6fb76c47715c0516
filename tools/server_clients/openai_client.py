"""OpenAI's own Python client asks the server for everything that the server speaks of its interface. $1: the server's URL, $2: the
shipped model's sample, $3: a key, if the server has one."""

import io
import sys
import wave

import openai

URL, SAMPLE, KEY = sys.argv[1], sys.argv[2], (sys.argv[3:] or ["none"])[0]
SAID = "Hello from Tessera. Please bring me coffee and cake."

client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0)


def expect(what: str, got, wanted):
    if got != wanted:
        sys.exit(f"openai: {what}: expected {wanted!r}, got {got!r}")
    print(f"openai: {what}: as expected")


def transcribe(**options):
    with open(SAMPLE, "rb") as file:
        return client.audio.transcriptions.create(model="whisper-1", file=file, **options)


def refused(what: str, kind, code: str, action):
    try:
        action()
    except kind as error:
        expect(what, error.code, code)
        return
    sys.exit(f"openai: {what}: expected {kind.__name__}")


def two_channels() -> bytes:
    """The sample as its first channel, the second silent."""
    with wave.open(SAMPLE, "rb") as sound:
        rate, samples = sound.getframerate(), sound.readframes(sound.getnframes())
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"".join(samples[i:i + 2] + b"\0\0" for i in range(0, len(samples), 2)))
    return out.getvalue()


expect("json", transcribe().text, SAID)
expect("text", transcribe(response_format="text"), SAID + "\n")
srt, vtt = transcribe(response_format="srt"), transcribe(response_format="vtt")
expect("srt", (srt[:2], srt.count(" --> ")), ("1\n", 2))
expect("vtt", (vtt[:7], vtt.count(" --> ")), ("WEBVTT\n", 2))
verbose = transcribe(response_format="verbose_json", timestamp_granularities=["word", "segment"])
expect("verbose_json", (verbose.language, verbose.text, len(verbose.segments)), ("english", SAID, 2))
expect("words", [word.word for word in verbose.words], SAID.split())
expect("times rise", all(a.start <= a.end <= b.end for a, b in zip(verbose.words, verbose.words[1:])), True)

events = list(transcribe(stream=True))
expect("stream", ("".join(e.delta for e in events if e.type == "transcript.text.delta").strip(), events[-1].type, events[-1].text),
       (SAID, "transcript.text.done", SAID))
diarized = client.audio.transcriptions.create(model="whisper-1", file=("call.wav", two_channels()), response_format="diarized_json")
expect("diarized_json", [s.text.strip() for s in diarized.segments if s.speaker == "0"], SAID.replace(". ", ".\n").split("\n"))

with open(SAMPLE, "rb") as sample:
    expect("translations", type(client.audio.translations.create(model="whisper-1", file=sample).text), str)
expect("models", "whisper-1" in [model.id for model in client.models.list()], True)
expect("a model", client.models.retrieve("whisper-1").object, "model")

refused("an unknown model", openai.NotFoundError, "model_not_found", lambda: client.models.retrieve("gpt-5"))
refused("a wrong field", openai.BadRequestError, "invalid_value", lambda: transcribe(temperature=7))
refused("no sound", openai.BadRequestError, "invalid_audio",
        lambda: client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"no sound")))
if KEY != "none":
    refused("a wrong key", openai.AuthenticationError, "invalid_api_key",
            lambda: openai.OpenAI(base_url=URL + "/v1", api_key="wrong", max_retries=0).models.list())

#!/usr/bin/env python3
"""Makes the seeds in fuzz/corpus of what clients send: fields, forms, requests."""

from pathlib import Path

# The first byte chooses the path; names and texts are separated by zeros, see fuzz_request_fields.cpp.
REQUEST_FIELDS = {
    "openai": "\0model\0whisper-1\0language\0en\0response_format\0verbose_json\0timestamp_granularities[]\0word,segment\0"
              "temperature\0" "0.2\0stream\0true",
    "options": "\1beam_size\0" "3\0clip_timestamps\0" "0,1.5\0length_penalty\0None\0seed\0" "7\0suppress_blank\0no\0keywords[]\0Ada",
    "voice": '\0vad_parameters\0{"threshold": 0.4, "max_speech_duration_s": null}\0chunking_strategy\0{"type": "server_vad", '
             '"silence_duration_ms": 100}',
    "whisper_cpp": "\2temperature_inc\0" "0.2\0offset_t\0" "1000\0duration\0" "500\0max_len\0" "10\0vad\0true\0best_of\0-1",
}
FORM = ('--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
        '--b\r\nContent-Disposition: form-data; name="response_format"\r\n\r\nsrt\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF....WAVE\r\n'
        "--b--\r\n")
HEAD = "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
# The first byte is 0, or how many bytes of a form are sent at a time, see fuzz_http.cpp.
HTTP = {
    "form": "\x7f" + FORM,
    "pieces": "\5" + FORM,
    "large": "\x7f" + FORM.replace("....", "." * 600),
    "mixed": '\x7f--b\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n'
             '--c\r\nContent-Disposition: attachment; filename="a"\r\n\r\nx\r\n--c--\r\n--b--\r\n',
    "length": f"\0{HEAD}Content-Length: {len(FORM)}\r\nX-Request-Id: a.b\r\n\r\n{FORM}",
    "chunked": f"\0{HEAD}Transfer-Encoding: chunked\r\n\r\n{len(FORM):x}\r\n{FORM}\r\n0\r\n\r\n",
    "expect": f"\0{HEAD}Content-Length: {len(FORM)}\r\nExpect: 100-continue\r\n\r\n{FORM}",
    "query": "\0GET /v1/models/a%2f..%00b?x=%zz&y HTTP/1.1\r\nHost: x\r\nCookie: a=b; c\r\n\r\nHEAD /nothing HTTP/1.0\r\n\r\n",
}


def main():
    for folder, seeds in (("request_fields", REQUEST_FIELDS), ("http", HTTP)):
        path = Path(__file__).resolve().parent / "corpus" / folder
        path.mkdir(parents=True, exist_ok=True)
        for name, text in seeds.items():
            (path / name).write_text(text, encoding="latin-1", newline="")


if __name__ == "__main__":
    main()

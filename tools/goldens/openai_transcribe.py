"""Whole transcripts of openai-whisper's transcribe() and the files it writes for them, in float32.

usage: openai_transcribe.py MODEL_DIR AUDIO... OUT.json

Each file is transcribed in English, greedily, at temperature 0 only (no fallback), once with
condition_on_previous_text and once without; everything else is transcribe()'s default. `writers`
holds the exact text of the five output files, written without options.
"""

import io
import sys
from pathlib import Path

from whisper.transcribe import transcribe
from whisper.utils import get_writer

import common
import load_hf

FORMATS = ("txt", "vtt", "srt", "tsv", "json")


def written(result: dict, output_format: str) -> str:
    file = io.StringIO()
    get_writer(output_format, ".").write_result(result, file, {})
    return file.getvalue()


def run(model, path: Path, condition_on_previous_text: bool) -> dict:
    result = transcribe(
        model,
        str(path),
        language="en",
        temperature=(0.0,),
        condition_on_previous_text=condition_on_previous_text,
        fp16=False,
    )
    return {
        "file": path.name,
        "condition_on_previous_text": condition_on_previous_text,
        "result": result,
        "writers": {name: written(result, name) for name in FORMATS},
    }


def main() -> None:
    model_dir, *audio, out = sys.argv[1:]
    model = load_hf.load(Path(model_dir))
    transcripts = []
    for path in map(Path, audio):
        for condition in (True, False):
            transcripts.append(run(model, path, condition))
            print(path.name, condition, transcripts[-1]["result"]["text"], file=sys.stderr)
    result = {
        "made_by": "tools/goldens/openai_transcribe.py",
        "versions": common.versions(),
        "model": common.model_facts(Path(model_dir)),
        "transcripts": transcripts,
    }
    common.write_json(out, result)


if __name__ == "__main__":
    main()

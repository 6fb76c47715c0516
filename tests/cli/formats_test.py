"""What is written and printed when all goes well."""

import csv
import io
import json
import re
import unittest

from fixtures import SOURCE_DIR, TEXTS, TIMES_MS, ProgramTest, make_wav, silence

LINES = "[00:00.000 --> 00:00.200]  Hello,\n[00:00.200 --> 00:00.400]  wörld --> 😀\n"
TXT = "Hello,\nwörld --> 😀\n"
SRT = "1\n00:00:00,000 --> 00:00:00,200\nHello,\n\n2\n00:00:00,200 --> 00:00:00,400\nwörld -> 😀\n\n"
VTT = "WEBVTT\n\n00:00.000 --> 00:00.200\nHello,\n\n00:00.200 --> 00:00.400\nwörld -> 😀\n\n"
TSV = "start\tend\ttext\n0\t200\tHello,\n200\t400\twörld --> 😀\n"


class Formats(ProgramTest):
    def test_transcript_on_standard_output_and_no_files(self):
        done = self.transcribe("talk.wav")
        self.assertEqual((done.returncode, done.out), (0, LINES))
        self.assertEqual(done.err, "Detected language: English\n")
        self.assertEqual(self.names(), ["talk.wav"])

    def test_every_format(self):
        done = self.transcribe("transcribe", "talk.wav", "-q", "--output-format", "all", "-o", "deep/out")
        self.assert_done(done)
        self.assertEqual(done.out, LINES)
        self.assertEqual(self.names("deep/out"), ["talk.json", "talk.srt", "talk.tsv", "talk.txt", "talk.vtt"])
        read = lambda extension: (self.folder / "deep/out" / ("talk." + extension)).read_text()
        self.assertEqual(read("txt"), TXT)
        self.assertEqual(read("srt"), SRT)
        self.assertEqual(read("vtt"), VTT)
        self.assertEqual(read("tsv"), TSV)
        self.check_json(read("json"))

    def check_json(self, text: str):
        self.assertTrue(text.isascii() and "\n" not in text)
        result = json.loads(text)
        self.assertEqual(list(result), ["text", "segments", "language"])
        self.assertEqual((result["text"], result["language"]), ("".join(TEXTS), "en"))
        self.assertEqual([s["text"] for s in result["segments"]], TEXTS)
        self.assertEqual([(round(1000 * s["start"]), round(1000 * s["end"])) for s in result["segments"]], TIMES_MS)
        for i, segment in enumerate(result["segments"]):
            self.assertEqual(list(segment), ["id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob",
                                             "compression_ratio", "no_speech_prob"])
            self.assertEqual((segment["id"], segment["seek"], segment["temperature"]), (i, 0, 0.0))
            self.assertTrue(-0.01 < segment["avg_logprob"] <= 0 <= segment["no_speech_prob"] < 0.01)
        self.assertEqual(json.dumps(result), text, "as Python's json module writes it")

    def test_outputs_parse(self):
        self.assert_done(self.transcribe("talk.wav", "-q", "-o", "."))
        rows = list(csv.reader(io.StringIO((self.folder / "talk.tsv").read_text()), delimiter="\t", quoting=csv.QUOTE_NONE))
        self.assertEqual(rows, [["start", "end", "text"], ["0", "200", "Hello,"], ["200", "400", "wörld --> 😀"]])
        time = r"\d\d:\d\d:\d\d,\d\d\d"
        for number, cue in enumerate((self.folder / "talk.srt").read_text().strip().split("\n\n"), 1):
            self.assertRegex(cue, re.compile(rf"\A{number}\n{time} --> {time}\n.+\Z"))

    def test_without_timestamps(self):
        for switch in (["-nt"], ["--no-timestamps"], ["--no_timestamps", "True"], ["--without_timestamps", "True"]):
            done = self.transcribe("talk.wav", "-q", *switch)
            self.assert_done(done)
            self.assertEqual(done.out, TXT, switch)

    def test_existing_files_are_replaced(self):
        self.write("talk.srt", b"old " * 1000)
        self.assert_done(self.transcribe("talk.wav", "-q", "-f", "srt"))
        self.assertEqual((self.folder / "talk.srt").read_text(), SRT)

    def test_one_format_on_standard_output(self):
        done = self.transcribe("talk.wav", "-q", "-f", "srt", "-o", "-")
        self.assert_done(done)
        self.assertEqual(done.out, SRT)
        self.assertEqual(self.names(), ["talk.wav"])
        self.assert_fails(self.transcribe("talk.wav", "-o", "-"), "expected one --output-format, got 5", status=2)

    def test_formats_of_whisper_cpp(self):
        self.assert_done(self.transcribe("talk.wav", "-q", "-ocsv", "-olrc", "--output-wcpp-json", "-oj"))
        self.assertEqual(self.names(), ["talk.csv", "talk.json", "talk.lrc", "talk.wav", "talk.wcpp.json"])
        read = lambda extension: (self.folder / ("talk." + extension)).read_text()
        self.assertEqual(read("csv"), 'start,end,text\n0,200," Hello,"\n200,400," wörld --> 😀"\n')
        self.assertEqual(read("lrc"), "[by:whisper.cpp]\n[00:00.00] Hello,\n[00:00.20] wörld --> 😀\n")
        told = json.loads(read("wcpp.json"))
        self.assertEqual(told["result"], {"language": "en"})
        self.assertEqual((told["params"]["language"], told["params"]["translate"]), ("auto", False))
        self.assertEqual(told["model"], {"type": told["params"]["model"], "multilingual": True, "vocab": 51865})
        self.assertEqual([(s["offsets"]["from"], s["offsets"]["to"], s["text"]) for s in told["transcription"]],
                         [(*times, text) for times, text in zip(TIMES_MS, TEXTS)])
        self.assertEqual(told["transcription"][1]["timestamps"], {"from": "00:00:00,200", "to": "00:00:00,400"})
        self.check_json(read("json"))

    def test_language_alone(self):
        self.write("call.wav", make_wav(silence(1), channels=2))
        for switch in ("-dl", "--detect_language"):
            done = self.transcribe("talk.wav", "call.wav", "none.wav", "-q", switch)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.out, r"^talk\.wav: English \(en\), probability [01]\.\d{3}\n"
                                       r"call\.wav: English \(en\), probability [01]\.\d{3}\n$")
            self.assertEqual(done.err.count("\n"), 1)
            self.assertIn("none.wav", done.err)
        self.assertEqual(self.names(), ["call.wav", "talk.wav"])

    def test_standard_input(self):
        done = self.transcribe("-", "-q", "-f", "txt", input=self.talk.read_bytes())
        self.assert_done(done)
        self.assertEqual(done.out, LINES)
        self.assertEqual((self.folder / "stdin.txt").read_text(), TXT)

    def test_several_files(self):
        self.write("second.one.wav", make_wav(silence(0.3)))
        done = self.transcribe("talk.wav", "second.one.wav", "-f", "txt", "-l", "en")
        self.assertEqual((done.returncode, done.out), (0, LINES * 2))
        self.assertEqual(done.err, "== talk.wav (1 of 2)\n== second.one.wav (2 of 2)\n")
        self.assertEqual(self.names(), ["second.one.txt", "second.one.wav", "talk.txt", "talk.wav"])

    def test_every_channel(self):
        self.write("call.wav", make_wav(silence(1), channels=2))
        done = self.transcribe("call.wav", "-q", "--channels", "split", "-otxt")
        self.assert_done(done)
        prefixed = lambda n: "".join(f"[channel {n}] {line}\n" for line in LINES.splitlines())
        self.assertEqual(done.out, prefixed(0) + prefixed(1))
        self.assertEqual(self.names(), ["call.ch0.txt", "call.ch1.txt", "call.txt", "call.wav", "talk.wav"])
        joined = (self.folder / "call.txt").read_text().splitlines()
        self.assertEqual(len(joined), 2 * len(LINES.splitlines()))
        self.assert_done(self.transcribe("call.wav", "-q", "--channels", "1"))
        self.assert_fails(self.transcribe("call.wav", "-q", "--channels", "2"), "call.wav")

    def test_model_that_ships(self):
        for sample in SOURCE_DIR.glob("models/*/sample.wav"):
            done = self.run_program(sample, "-q", "-nt", "-l", "en", "--model-dir", SOURCE_DIR / "models")
            self.assert_done(done)
            self.assertEqual(done.out.split(), (sample.parent / "sample.txt").read_text().split())

    def test_timing_is_the_last_line(self):
        done = self.transcribe("talk.wav", "-v")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.err.splitlines()[-1],
                         r"^0\.5 s of sound in [\d.]+ s: read [\d.]+ s, mel [\d.]+ s, encode [\d.]+ s, decode [\d.]+ s, "
                         r"write [\d.]+ s; [\d.]+ times real time$")

    def test_short_and_silent_sounds_are_no_errors(self):
        self.write("10ms.wav", make_wav(silence(0.01)))
        self.assert_done(self.transcribe("10ms.wav", "-q"))

    def test_name_with_newline(self):
        self.write("new\nline.wav", self.talk.read_bytes())
        self.assert_done(self.transcribe("new\nline.wav", "-q", "-f", "txt"))
        self.assertEqual((self.folder / "new\nline.txt").read_text(), TXT)
        self.write("bad\nname.wav", b"")
        self.assert_fails(self.transcribe("bad\nname.wav", "-q"), r"bad\nname.wav: ")

    def test_odd_names(self):
        for name in ("[x]", "-dash.wav", ".wav", "zwei wörter.wav", "a,b.wav"):
            self.write(name, self.talk.read_bytes())
            done = self.run_program("-q", "-o", "-", "-f", "txt", "-m", self.model, "--", name)
            self.assert_done(done)
            self.assertEqual(done.out, TXT, name)


if __name__ == "__main__":
    unittest.main()

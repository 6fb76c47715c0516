"""tessera wer: transcripts from files, and made on the spot, against their references."""

import json
import unittest

from fixtures import ProgramTest, make_wav, silence

HEADER = ["files", "changed", "words", "S", "D", "I", "WER", "CER"]
REFS = "a\tMr. Smith's colour is twenty one.\nb\tone two three four\nc\tyes\n"
HYPS = "c.wav\tYes!\nout/a.mp3\tmister smith is color is 21\nb\tone two, three or five six\n"


class WerTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("refs.tsv", REFS.encode())
        self.write("hyps.tsv", HYPS.encode())

    def wer(self, *arguments, **options):
        return self.run_program("wer", *arguments, **options)

    def rows(self, done) -> dict:
        """The table by the names of its rows."""
        self.assert_done(done)
        lines = [line.split() for line in done.out.splitlines()]
        self.assertEqual(lines[0], HEADER)
        return {" ".join(line[:-len(HEADER)]): line[-len(HEADER):] for line in lines[1:]}


class Files(WerTest):
    def test_table(self):
        # a is equal as normalised; b, "123 4", was heard as "123 or 56".
        rows = self.rows(self.wer("--refs", "refs.tsv", "--hyps", "hyps.tsv", "--hyps", "refs.tsv"))
        self.assertEqual(rows["refs.tsv"], ["3", "0", "8", "0", "0", "0", "0.00%", "0.00%"])
        self.assertEqual(rows["hyps.tsv"][:2], ["3", "1"])
        self.assertEqual(list(rows), ["hyps.tsv", "refs.tsv"])

    def test_normalizers(self):
        def errors(*arguments):
            return self.rows(self.wer("--refs", "refs.tsv", "--hyps", "hyps.tsv", *arguments))["hyps.tsv"]

        self.assertEqual(errors("--normalizer", "none")[:3], ["3", "3", "11"])
        self.assertEqual(errors("--normalizer", "basic")[:3], ["3", "2", "12"])
        self.assertEqual(errors("--normalizer", "basic", "--split-letters")[2], str(len("mrsmithscolouristwentyone" "onetwothreefour" "yes")))

    def test_errors_are_shown(self):
        self.write("r.tsv", b"x\tthe cat sat down\n")
        self.write("h.tsv", "x\tthe bät sat up there".encode())
        done = self.wer("--refs", "r.tsv", "--hyps", "h.tsv", "--show-errors")
        self.assert_done(done)
        self.assertEqual(done.out.split("\n\n")[0],
                         "h.tsv: x: 3 errors, 4 words\n"
                         "  REF the cat sat ** down\n"
                         "  HYP the bat sat up there\n"
                         "          S       I  S")

    def test_json(self):
        self.assert_done(self.wer("--refs", "refs.tsv", "--hyps", "hyps.tsv", "--json", "out.json"))
        report = json.loads((self.folder / "out.json").read_text())["reports"][0]
        self.assertEqual((report["name"], report["normalizer"], report["files"], report["changed"]), ("hyps.tsv", "english", 3, 1))
        of = {transcript["id"]: transcript for transcript in report["transcripts"]}
        self.assertEqual(of["c"], {"id": "c", "words": 1, "hits": 1, "substitutions": 0, "deletions": 0, "insertions": 0, "wer": 0.0,
                                   "reference": "yes", "hypothesis": "Yes!", "alignment": [["=", "yes", "yes"]]})
        errors = report["substitutions"] + report["deletions"] + report["insertions"]
        self.assertEqual(report["wer"], errors / report["words"])
        self.assertEqual(sum(transcript["words"] for transcript in of.values()), report["words"])

    def test_forms_of_files(self):
        self.write("1.trans.txt", b"x-1 HELLO THERE\nx-2 GOOD BYE\n")
        out = self.folder / "out"
        out.mkdir()
        (out / "x-1.txt").write_text("Hello,\nthere.\n")
        (out / "x-2.txt").write_text("Good bye.")
        self.write("h.json", json.dumps({"x-1.flac": "hello there", "x-2.flac": "good bye"}).encode())
        rows = self.rows(self.wer("--refs", "1.trans.txt", "--hyps", "out", "--hyps", "h.json"))
        self.assertEqual([row[6] for row in rows.values()], ["0.00%", "0.00%"])
        (out / "x-1.json").write_text(json.dumps({"text": " Hello you.", "segments": [], "language": "en"}))
        (out / "x-2.json").write_text(json.dumps({"text": " Good bye.", "segments": [], "language": "en"}))
        self.assertEqual(self.rows(self.wer("--refs", "1.trans.txt", "--hyps", "out"))["out"][6], "25.00%")

    def test_common_only(self):
        self.write("h.tsv", b"b\tone two three four\nz\tno\n")
        self.assert_fails(self.wer("--refs", "refs.tsv", "--hyps", "h.tsv"), "h.tsv: no transcript for 'a' and 1 other", 2)
        rows = self.rows(self.wer("--refs", "refs.tsv", "--hyps", "h.tsv", "--common-only"))
        self.assertEqual(rows["h.tsv"][:2], ["1", "0"])


class Sounds(WerTest):
    def judge(self, *arguments):
        return self.wer(*arguments, "-m", self.model, "--device", "reference")

    def test_transcribes_on_the_spot(self):
        self.write("other.wav", make_wav(silence(0.5)))
        self.write("r.tsv", "talk.wav\thello world\nother\thello, wörld\nthird\tnot asked for\n".encode())
        rows = self.rows(self.judge("--refs", "r.tsv", "talk.wav", "other.wav"))
        self.assertEqual(list(rows), ["model reference"])
        self.assertEqual(rows["model reference"][:6], ["2", "0", "4", "0", "0", "0"])

    def test_texts_beside_the_sounds(self):
        self.write("talk.txt", b"hello word")
        (self.folder / "refs.tsv").unlink()
        rows = self.rows(self.judge("--refs", ".", "talk.wav"))
        self.assertEqual(rows["model reference"][:7], ["1", "1", "2", "1", "0", "0", "50.00%"])

    def test_a_file_fails_and_the_others_count(self):
        self.write("bad.wav", b"not sound")
        self.write("r.tsv", b"talk\thello world\nbad\tnothing\n")
        done = self.judge("--refs", "r.tsv", "bad.wav", "talk.wav")
        self.assert_fails(done, "bad.wav: ")
        self.assertEqual(done.out.splitlines()[1].split()[2:4], ["1", "0"])

    def test_names_are_checked_before_the_work(self):
        self.assert_fails(self.judge("--refs", "refs.tsv", "talk.wav"), "refs.tsv: no reference for 'talk' (talk.wav)", 2)
        self.write("r.tsv", b"talk\thello\n")
        self.assert_fails(self.judge("--refs", "r.tsv", "talk.wav", "./talk.mp3"), "two sound files have the name 'talk'", 2)


class BadInput(WerTest):
    def check(self, message: str, *arguments, status: int = 1):
        done = self.wer(*arguments)
        self.assert_fails(done, message, status)
        self.assertEqual(done.out, "")

    def check_refs(self, message: str, contents: bytes, name: str = "bad.tsv", status: int = 1):
        self.write(name, contents)
        self.check(message, "--refs", name, "--hyps", "hyps.tsv", status=status)

    def test_arguments(self):
        refs = ("--refs", "refs.tsv")
        self.check("wer: expected --refs", status=2)
        self.check("expected --hyps or sound files", *refs, status=2)
        self.check("got both", *refs, "--hyps", "hyps.tsv", "talk.wav", status=2)
        self.check("--model: only for sound files", *refs, "--hyps", "hyps.tsv", "-m", "base", status=2)
        self.check("--beam-size: only for sound files", *refs, "--hyps", "hyps.tsv", "-bs", "1", status=2)
        self.check("expected english, basic or none, got 'french'", *refs, "--hyps", "hyps.tsv", "--normalizer", "french", status=2)
        self.check("need the normalizer basic", *refs, "--hyps", "hyps.tsv", "--split-letters", status=2)
        self.check("--common-only: only with --hyps", *refs, "talk.wav", "--common-only", status=2)
        self.check("--detect-language", *refs, "talk.wav", "--detect-language", status=2)

    def test_files(self):
        self.check("none.tsv: No such file", "--refs", "none.tsv", "--hyps", "hyps.tsv")
        self.check("none.tsv: No such file", "--refs", "refs.tsv", "--hyps", "none.tsv")
        self.check_refs("bad.tsv: expected transcripts, found none", b"")
        self.check_refs("bad.tsv:2: 'a' is there twice", b"a\tx\na\ty\n")
        self.check_refs("bad.tsv:2: expected a name, one tab and a text", b"a\tx\nb y\n")
        self.check_refs("bad.tsv:1: expected UTF-8", b"a\t\xe9\n")
        self.check_refs("bad.tsv:1: expected UTF-8", "a\tx\n".encode("utf-16"))
        self.check_refs("no reference for 'c' and 1 other", b"a\tx\n", status=2)
        self.check_refs("the references have no words", b"a\t\nb\t(noise)\nc\t\n", status=2)
        self.check_refs("bad.json: not valid JSON", b"{", "bad.json")
        (self.folder / "empty").mkdir()
        self.check("empty: expected transcripts in the folder", "--refs", "empty", "--hyps", "hyps.tsv")

    def test_json_cannot_be_written(self):
        self.check("/proc/out.json: cannot write", "--refs", "refs.tsv", "--hyps", "hyps.tsv", "--json", "/proc/out.json")


if __name__ == "__main__":
    unittest.main()

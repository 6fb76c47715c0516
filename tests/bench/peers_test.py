"""tessera-bench peers with programs that only say how long they take."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from fake_peer import ENCODE_MS, TOKEN_MS

BENCH = pathlib.Path(os.environ["TESSERA"]).with_name("tessera-bench")
FAKE = pathlib.Path(__file__).with_name("fake_peer.py")
MODEL = "random:tiny,width=64,layers=1,audio_ctx=64"
TOKENS, WINDOWS, ROUNDS = 5, 2, 3


def fake(kind: str) -> dict:
    return {"name": kind, "command": [sys.executable, str(FAKE), kind]}


class Peers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_peers(self, peers: list, *arguments, json_to="-"):
        """The finished process, and the report where there is one."""
        path = self.folder / "peers.json"
        path.write_text(json.dumps({"model": MODEL, "peers": peers}))
        done = subprocess.run(
            [str(BENCH), "peers", "--peers", str(path), "--precision", "int8,f32", "--threads", "1", "--pause", "0", "--json", str(json_to),
             "--tokens", str(TOKENS), "--windows", str(WINDOWS), "--rounds", str(ROUNDS), *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)
        return done, json.loads(done.stdout) if done.stdout.startswith("{") else None

    def test_figures_are_those_that_the_programs_tell(self):
        done, report = self.run_peers([fake("good"), fake("encoder")])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        figures = {figure["key"]: figure["results"] for figure in report["figures"]}
        self.assertEqual(list(figures), ["encode", "encode_cross", "window", "token", "windows", "tokens"])
        expected = {"encode": ENCODE_MS, "window": ENCODE_MS + TOKEN_MS * TOKENS, "token": TOKEN_MS,
                    "windows": ENCODE_MS + TOKEN_MS * TOKENS, "tokens": TOKEN_MS}
        for key, results in figures.items():
            rows = {row["name"]: row for row in results}
            own = {"Tessera int8", "Tessera f32"}
            theirs = set() if key == "encode_cross" else {"good", "encoder"} if key == "encode" else {"good"}
            self.assertEqual(set(rows), own | theirs, key)
            self.assertEqual([row["median"] for row in results], sorted(row["median"] for row in results))
            best = min(rows[name]["median"] for name in own)
            for name, row in rows.items():
                self.assertEqual(row["n"], 2 * ROUNDS if key.startswith("encode") else ROUNDS)
                self.assertAlmostEqual(row["times_tessera"], row["median"] / best)
                if name in theirs:
                    self.assertAlmostEqual(row["median"], expected[key])
                    self.assertAlmostEqual(row["min"], expected[key])
                    self.assertEqual(row["includes"] == "its steps", key in ("token", "tokens"))

    def test_says_what_ran_and_how_exact_tessera_is(self):
        report = self.run_peers([fake("good")])[1]
        contenders = {contender["name"]: contender for contender in report["contenders"]}
        self.assertEqual(contenders["good"]["version"], "1.2.3")
        self.assertEqual(contenders["good"]["settings"], "made up, good")
        self.assertEqual(report["setting"]["model"], MODEL)
        self.assertEqual(report["setting"]["threads"], "1")
        # Float32 engines differ from the float64 sums of the reference by rounding alone, int8 by more.
        exact, rounded = (contenders[name]["accuracy"]["states"] for name in ("Tessera f32", "Tessera int8"))
        self.assertLess(exact["relative_error"], 1e-4)
        self.assertGreater(rounded["relative_error"], exact["relative_error"])
        self.assertGreater(rounded["cosine"], 0.99)

    def test_what_fails_says_why_and_does_not_stop_the_others(self):
        reasons = {"refusing": "no such model", "silent": "lost its library", "dying": "status 1; it last said: fake peer: out of memory",
                   "killed": "ended by signal 6",
                   "wrong": "cosine to float32", "short": "got 3", "nonsense": "soon",
                   "missing": "no wheel for this machine", "nowhere": "cannot be started"}
        peers = [fake(kind) for kind in reasons if kind not in ("missing", "nowhere")]
        peers += [{"name": "missing", "missing": reasons["missing"]}, {"name": "nowhere", "command": ["/no/such/program"]}]
        done, report = self.run_peers([*peers, fake("good")])
        self.assertEqual(done.returncode, 1)
        contenders = {contender["name"]: contender for contender in report["contenders"]}
        for name, reason in reasons.items():
            self.assertIn(reason, contenders[name]["failure"])
            self.assertIn(f"tessera-bench: {name}: ", done.stderr)
        self.assertNotIn("failure", contenders["good"])
        self.assertEqual(len(contenders["good"]["runs"]["window"]), ROUNDS)
        self.assertEqual(len(contenders["dying"]["runs"]["encode"]), 2)  # what it did before counts

    def test_missing_peers_may_be_allowed(self):
        done, _ = self.run_peers([{"name": "absent", "missing": "no wheel"}], "--allow-missing")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_table_markdown_and_page(self):
        page, tables = self.folder / "page.html", self.folder / "tables.md"
        done, _ = self.run_peers([fake("good"), {"name": "a & b", "missing": "no <wheel>"}], "--html", page, "--markdown", tables,
                                 "--allow-missing", json_to=self.folder / "report.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        for text in ("the encoder alone, ms per window", "2 windows with 5 tokens", "the encoder <alone>", "accuracy against float32",
                     "good: 1.2.3; made up, good", "a & b: did not run: no <wheel>", "load before, after: "):
            self.assertIn(text, done.stdout)
        html = page.read_text()
        for text in ("<h1>Tessera and its peers", "a &amp; b</b>; did not run: no &lt;wheel&gt;", "the encoder &lt;alone&gt;"):
            self.assertIn(text, html)
        self.assertEqual(html.count("<svg"), 7)  # six figures, and accuracy against speed
        self.assertEqual(html.count("<svg"), html.count("</svg>"))
        markdown = tables.read_text()
        self.assertIn(f"| good | {ENCODE_MS:.2f} | {ENCODE_MS:.2f} | {ENCODE_MS:.2f} | {2 * ROUNDS} |", markdown)
        self.assertIn("- a & b; did not run: no \\<wheel>", markdown)
        for table in markdown.split("\n\n"):
            bars = [line.replace("\\|", "").count("|") for line in table.splitlines() if line.startswith("|")]
            self.assertEqual(len(set(bars)), 1 if bars else 0, table)
        self.assertEqual(len(json.loads((self.folder / "report.json").read_text())["figures"]), 6)

    def test_bad_lists_are_one_line(self):
        for text in ("", "[]", '{"model": "random:tiny"}', '{"model": "random:tiny", "peers": [{"name": "x"}]}'):
            path = self.folder / "list.json"
            path.write_text(text)
            done = subprocess.run([str(BENCH), "peers", "--peers", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stdout), (1, ""), text)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn(str(path), done.stderr)
        done = subprocess.run([str(BENCH), "peers", "--peers", str(self.folder / "none.json")], stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("tools/peers", done.stderr)


if __name__ == "__main__":
    unittest.main()

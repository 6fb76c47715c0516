"""tessera-bench on the cpu device's decoder."""

import json
import os
import pathlib
import subprocess
import unittest

BENCH = pathlib.Path(os.environ["TESSERA"]).with_name("tessera-bench")
MODEL = "random:tiny,layers=2,vocab=1000,audio_ctx=100,width=128"


def run(*arguments):
    return subprocess.run([BENCH, "decoder", "--model", MODEL, *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=600)


class Decoder(unittest.TestCase):
    def test_every_precision_is_checked_before_it_counts(self):
        for precision, least in (("f32", 0.99999), ("bf16", 0.9995), ("int8", 0.995)):
            done = run("--precision", precision, "--threads", 2, "--batch", 2, "--beams", 2, "--tokens", 3,
                       "--iterations", 2, "--json", "-")
            self.assertEqual(done.returncode, 0, done.stderr)
            report = json.loads(done.stdout)
            self.assertEqual(report["setting"]["precision"], precision)
            self.assertGreater(float(report["setting"]["cosine to float32"]), least)
            rows = {row["name"]: row for row in report["results"]}
            self.assertEqual(set(rows), {"step", "token", "weights", "weights and windows", "memory"})
            for row in rows.values():
                self.assertTrue(row["verified"])
                self.assertGreater(row["min"], 0)
            self.assertEqual(rows["step"]["n"], 6)
            self.assertAlmostEqual(rows["token"]["median"], rows["step"]["median"] / 4)
            self.assertGreater(rows["weights and windows"]["median"], rows["weights"]["median"])

    def test_bad_arguments_are_one_line(self):
        for arguments, message in ((("--precision", "int3"), "int3"), (("--isa", "sse9"), "sse9")):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1))
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()

"""tessera-bench on kernels, and the list of kernels that `tessera info` prints."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = pathlib.Path(os.environ["TESSERA"])
BENCH = PROGRAM.with_name("tessera-bench")


def run(*arguments, **environment):
    return subprocess.run(list(map(str, arguments)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=os.environ | environment, timeout=600)


def listed(*arguments) -> dict:
    """op -> {variant: mark} of `tessera info --kernels`."""
    kernels, op = {}, ""
    for line in run(PROGRAM, "info", "--kernels", *arguments).stdout.splitlines()[:-1]:
        if line[0] in "*- " and line[1] == " ":
            kernels[op][line[2:].split()[0]] = line[0]
        else:
            op = line
            kernels[op] = {}
    return kernels


class InfoKernels(unittest.TestCase):
    def test_one_variant_of_each_op_is_selected(self):
        kernels = listed()
        self.assertIn("tile_attention", kernels)
        for op, variants in kernels.items():
            self.assertEqual(list(variants.values()).count("*"), 1, op)

    def test_portable_allows_nothing_else(self):
        matmuls = listed("--isa", "portable")["matmul_i8"]
        self.assertEqual(matmuls.pop("scalar"), "*")
        self.assertEqual(set(matmuls.values()), {"-"})
        done = run(PROGRAM, "info", "--kernels", TESSERA_ISA="portable")
        self.assertIn("* scalar", done.stdout)

    def test_unknown_and_missing_instruction_sets_are_errors(self):
        for isa, message in (("sse9", "'sse9'"), ("neon" if os.uname().machine == "x86_64" else "avx2", "this machine has no")):
            done = run(PROGRAM, "info", "--kernels", "--isa", isa)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual((done.stdout, done.stderr.count("\n")), ("", 1))
            self.assertIn(message, done.stderr)
            done = run(BENCH, "tile", TESSERA_ISA=isa)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(message, done.stderr)


class Bench(unittest.TestCase):
    def measure(self, suite: str, *arguments) -> list:
        done = run(BENCH, suite, "--iterations", 2, "--json", "-", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads(done.stdout)["results"]
        self.assertTrue(rows)
        for row in rows:
            self.assertTrue(row["verified"])
            self.assertEqual((row["n"], row["kind"]), (2, "measured"))
            self.assertTrue(0 < row["min"] <= row["median"] <= row["max"])
        return rows

    def check_all_ran(self, op: str, rows: list, but=()):
        expected = {name for name, mark in listed()[op].items() if mark != "-" and name not in but}
        self.assertEqual({row["variant"] for row in rows}, expected, op)

    def test_every_tile_of_this_machine_ran(self):
        every_row = self.measure("tile", "--threads", 2)
        self.assertLessEqual({"tile 16x16", "tile 48x96"}, {row["name"] for row in every_row})
        self.assertEqual({row["threads"] for row in every_row if row["name"].startswith("1024 tiles")}, {1, 2})
        rows = [row for row in every_row if row["name"] == "tile"]
        self.check_all_ran("tile_attention", rows)
        baseline = next(row for row in rows if row["variant"] == "scalar")
        self.assertAlmostEqual(baseline["times_baseline"], 1)
        for row in rows:
            if not row["variant"].startswith("seed_"):
                self.assertGreater(row["accuracy"]["correlation"], 0.9)

    def test_every_product_of_this_machine_ran(self):
        rows = self.measure("gemm", "--threads", 1)
        for op in ("matmul_i8", "matmul_bf16", "matmul_f32"):
            for shape in ("1500x512x512", "1500x2048x512", "1500x512x2048"):
                self.check_all_ran(op, [row for row in rows if row["name"] == f"{op} {shape}"], but=("scalar", ))

    def test_every_row_operation_of_this_machine_ran(self):
        rows = self.measure("rows")
        for op in ("softmax", "layer_norm", "gelu", "gelu_i8", "quantise", "dequantise", "hadamard"):
            self.check_all_ran(op, [row for row in rows if row["name"].split()[0] == op])

    def test_every_log_mel_of_this_machine_ran_and_so_did_the_stage(self):
        rows = self.measure("mel")
        self.check_all_ran("log_mel", [row for row in rows if row["name"] == "log_mel 3000x80"])
        self.assertEqual(len([row for row in rows if row["name"].startswith("mel of 30 s")]), 1)

    def test_seeds_own_figures_come_out(self):
        rows = {(row["name"], row["variant"]): row for row in self.measure("seed")}
        for variant, shift, correlation, mean, rms, largest in (("seed_taylor", 4, 0.1909, 31.70, 36.66, 69),
                                                                ("seed_taylor", 3, 0.1874, 31.70, 36.68, 70),
                                                                ("seed_lut_i32", 4, 0.9160, 14.43, 18.40, 62),
                                                                ("seed_lut_i32", 3, 0.9654, 6.72, 10.71, 59)):
            found = rows[f"attention 64x64, theirs, shift {shift}", variant]["accuracy"]
            self.assertAlmostEqual(found["correlation"], correlation, delta=5e-5)
            self.assertAlmostEqual(found["mean_error"], mean, delta=5e-3)
            self.assertAlmostEqual(found["rms_error"], rms, delta=5e-3)
            self.assertAlmostEqual(found["max_error"], largest, delta=0.5)
        names = {name for name, _ in rows}
        self.assertLessEqual({"attention 64x64", "LayerNorm 256", "GELU 512", "matmul 16x16"}, names)

    def test_comparison_with_an_earlier_run(self):
        with tempfile.TemporaryDirectory() as folder:
            old = pathlib.Path(folder) / "old.json"
            self.assertEqual(run(BENCH, "seed", "--iterations", 1, "--json", old).returncode, 0)
            report = json.loads(old.read_text())
            gone = report["results"].pop()
            for row in report["results"]:
                row["median"] *= 1000
            report["results"].append(gone | {"name": "something else"})
            old.write_text(json.dumps(report))
            done = run(BENCH, "seed", "--iterations", 1, "--compare", old)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout.count("x\n"), len(report["results"]) - 1)
            self.assertIn("only in this run: " + gone["name"], done.stdout)
            self.assertIn("only in the other: something else", done.stdout)
            old.write_text("{}")
            done = run(BENCH, "seed", "--iterations", 1, "--compare", old)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))
            self.assertIn("expected a report", done.stderr)

    def test_page_needs_nothing_from_elsewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.html"
            self.assertEqual(run(BENCH, "tile", "--iterations", 1, "--html", page).returncode, 0)
            text = page.read_text()
            for tag in ("html", "body", "svg", "table"):
                self.assertGreater(text.count(f"<{tag}"), 0)
                self.assertEqual(text.count(f"<{tag}"), text.count(f"</{tag}>"), tag)
            for name, mark in listed()["tile_attention"].items():
                if mark != "-":
                    self.assertIn(f">{name}<", text)
            self.assertNotIn("http", text)
            done = run(BENCH, "tile", "--iterations", 1, "--html", "/nowhere/page.html")
            self.assertEqual(done.returncode, 1)
            self.assertIn("/nowhere/page.html: cannot be written", done.stderr)


if __name__ == "__main__":
    unittest.main()

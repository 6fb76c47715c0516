"""tessera-bench on kernels, and the list of kernels that `tessera info` prints."""

import json
import os
import pathlib
import subprocess
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


class BenchTile(unittest.TestCase):
    def test_every_variant_of_this_machine_ran_and_was_checked(self):
        done = run(BENCH, "tile", "--iterations", 2, "--json", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        rows = [row for row in report["results"] if row["name"] == "tile"]
        expected = {name for name, mark in listed()["tile_attention"].items() if mark != "-"}
        self.assertEqual({row["variant"] for row in rows}, expected)
        for row in rows:
            self.assertTrue(row["verified"])
            self.assertEqual((row["n"], row["unit"], row["kind"]), (2, "us", "measured"))
            self.assertTrue(0 < row["min"] <= row["median"] <= row["max"])
        baseline = next(row for row in rows if row["variant"] == "scalar")
        self.assertAlmostEqual(baseline["times_baseline"], 1)


if __name__ == "__main__":
    unittest.main()

"""tessera-bench accuracy: every variant of tile_attention judged on every kind of input."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

PROGRAM = pathlib.Path(os.environ["TESSERA"])
BENCH = PROGRAM.with_name("tessera-bench")
KERNEL_LIST = pathlib.Path(os.environ["TESSERA_SOURCE_DIR"]) / "src/compute/kernels/kernel_list.inc"

KINDS = {"real activations": 12, "gaussian": 8, "peaky": 8, "offset keys": 8, "offset keys, smoothed": 8,
         "one dominant key": 8, "uneven values": 8, "uniform random": 1}  # and their tiles
ELEMENTS = 64 * 64


def run(*arguments):
    return subprocess.run(list(map(str, arguments)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)


def runnable() -> set:
    """The variants of tile_attention that `tessera info --kernels` says this machine can run."""
    variants, op = set(), ""
    for line in run(PROGRAM, "info", "--kernels").stdout.splitlines():
        if line[:2] in ("* ", "- ", "  "):
            if op == "tile_attention" and line[0] != "-":
                variants.add(line[2:].split()[0])
        else:
            op = line
    return variants


def listed(exactness: str) -> set:
    """The variants of tile_attention that the list of kernels calls `exactness`."""
    row = r"TESSERA_KERNEL\(tile_attention,\s*TileAttentionParams,\s*(\w+),\s*\w+,\s*" + exactness + r"\b"
    return set(re.findall(row, KERNEL_LIST.read_text()))


def like_scalar() -> set:
    """The exact variants that this machine can run and that compute what `scalar` does: not the oracles of the NPU's
    kernels, whose weights are finer and whose 4-bit operands coarser."""
    return (listed("exact") & runnable()) - {"online_octaves", "online_octaves_int4"}


class Accuracy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.page = pathlib.Path(cls.folder.name) / "page.html"
        done = run(BENCH, "accuracy", "--json", "-", "--html", cls.page)
        assert done.returncode == 0, done.stderr
        cls.rows = {(row["name"], row["variant"]): row for row in json.loads(done.stdout)["results"]}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_variant_saw_every_kind_of_input(self):
        variants = runnable()
        self.assertLessEqual({"scalar", "seed_taylor", "seed_lut_i32"}, variants)
        self.assertEqual(set(self.rows), {(kind, variant) for kind in KINDS for variant in variants})

    def test_figures_belong_together(self):
        for (kind, variant), row in self.rows.items():
            accuracy, verdict = row["accuracy"], row["verdict"]
            with self.subTest(kind=kind, variant=variant):
                self.assertEqual((verdict["tiles"], row["n"]), (KINDS[kind], KINDS[kind] * ELEMENTS))
                self.assertAlmostEqual(row["mean"], accuracy["mean_error"], delta=1e-9)
                self.assertAlmostEqual(row["max"], accuracy["max_error"], delta=1e-9)
                self.assertTrue(0 <= accuracy["mean_error"] <= accuracy["rms_error"] <= accuracy["max_error"] <= 255)
                self.assertTrue(-1 <= accuracy["correlation"] <= 1)
                # At most 1 step between integers is at most 1.5 from what one of them was rounded from.
                if verdict["meets_demand"]:
                    self.assertGreater(accuracy["correlation"], 0.99)
                    self.assertLessEqual(accuracy["max_error"], 1.5)
                elif accuracy["correlation"] > 0.99:
                    self.assertGreaterEqual(accuracy["max_error"], 1.5)
                self.assertEqual("unquantised" in verdict, kind != "uniform random")
                self.assertEqual("scale_shift" in verdict, variant in listed("historic"))

    def test_exact_variants_give_the_bytes_of_scalar(self):
        exact = like_scalar()
        self.assertLessEqual({"scalar", "auto_vectorised", "sparse_top_k"}, exact)
        for kind in KINDS:
            for variant in exact:
                self.assertTrue(self.rows[kind, variant]["verdict"]["equals_scalar"], (kind, variant))
                self.assertEqual(self.rows[kind, variant]["accuracy"], self.rows[kind, "scalar"]["accuracy"])
            self.assertFalse(self.rows[kind, "seed_lut_i32"]["verdict"]["equals_scalar"], kind)

    def test_exact_variants_meet_the_demand_on_gaussian_input(self):
        for variant in like_scalar():
            self.assertTrue(self.rows["gaussian", variant]["verdict"]["meets_demand"], variant)

    def test_rounded_scores_are_too_coarse_for_real_activations(self):
        """Scores of the shipped model reach 10 to 19 nats a tile. In 127 steps these are up to 0.15 nats each, so that
        rounding one changes its weight by up to 0.075 of itself: more than a step of the output for values of 127."""
        for variant in like_scalar():
            row = self.rows["real activations", variant]
            self.assertGreater(row["accuracy"]["correlation"], 0.999)
            self.assertAlmostEqual(row["accuracy"]["max_error"], 2.55, delta=0.05)
            self.assertFalse(row["verdict"]["meets_demand"])

    def test_scores_in_full_meet_the_demand_on_real_activations(self):
        for variant in {"exp_polynomial_avx512_vnni", "single_pass_avx512_vnni", "i8_qk_bf16_pv_avx512_bf16",
                        "all_bf16_avx512_bf16"} & runnable():
            self.assertTrue(self.rows["real activations", variant]["verdict"]["meets_demand"], variant)

    def test_the_plans_kernels_meet_it_nowhere(self):
        for kind in KINDS:
            for variant in listed("historic") & runnable():
                self.assertFalse(self.rows[kind, variant]["verdict"]["meets_demand"], (kind, variant))
            self.assertLess(self.rows[kind, "seed_taylor"]["accuracy"]["correlation"], 0.9, kind)

    def test_only_uniform_random_input_copies_rows(self):
        for (kind, variant), row in self.rows.items():
            weight = row["verdict"]["best_weight"]
            self.assertEqual(weight, self.rows[kind, "scalar"]["verdict"]["best_weight"])
            if kind == "uniform random":
                self.assertGreater(weight, 0.99)
            else:
                self.assertTrue(0.1 < weight < 0.75, (kind, weight))

    def test_smoothing_takes_away_what_offset_keys_cost(self):
        errors = [self.rows[kind, "scalar"]["verdict"]["unquantised"]["rms_error"]
                  for kind in ("gaussian", "offset keys", "offset keys, smoothed")]
        self.assertGreater(errors[1], 1.3 * errors[0])
        self.assertLess(errors[2], 1.1 * errors[0])

    def test_page_has_every_kind(self):
        text = self.page.read_text()
        for kind in KINDS:
            self.assertIn(f"<th>{kind} (", text)
        self.assertNotIn("shorter is faster", text)  # nothing was timed

    def test_table_and_highest_instruction_set(self):
        done = run(BENCH, "accuracy", "--isa", "portable")
        self.assertEqual(done.returncode, 0, done.stderr)
        for kind, tiles in KINDS.items():
            self.assertIn(f"{kind}: tiles: {tiles}, ", done.stdout)
        self.assertEqual(len(re.findall(r"^  scalar .* met .*$", done.stdout, re.MULTILINE)), 3)
        self.assertNotIn("avx", done.stdout)

    def test_errors_are_not_compared_as_times(self):
        old = pathlib.Path(self.folder.name) / "old.json"
        old.write_text(json.dumps({"results": list(self.rows.values())}))
        done = run(BENCH, "accuracy", "--isa", "portable", "--compare", old)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("only in", done.stdout)


if __name__ == "__main__":
    unittest.main()

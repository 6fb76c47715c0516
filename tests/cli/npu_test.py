"""`tessera npu plan`, and the device npu where there is none."""

import html.parser
import os
import pathlib
import re
import unittest

from fixtures import PROGRAM, SOURCE_DIR, ProgramTest

FAKES = pathlib.Path(PROGRAM).parent.parent / "fake_plugins"
VOID = ("meta", "rect")


class Page(html.parser.HTMLParser):
    """Complains of elements that do not close, and collects what a test asks for."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.tags, self.tiles, self.outside = [], {}, 0, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        values = dict(attrs)
        self.tiles += values.get("class", "").startswith("tile ")
        self.outside += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")


def has_phoenix() -> bool:
    for device in pathlib.Path("/sys/bus/pci/devices").glob("*"):
        if (device / "vendor").read_text().strip() == "0x1022" and (device / "device").read_text().strip() == "0x1502":
            return True
    return False


class NpuPlan(ProgramTest):
    def plan(self, *arguments):
        return self.run_program("npu", "plan", *arguments)

    def test_tables(self):
        done = self.plan("--precision", "int8")
        self.assert_done(done)
        lines = done.out.splitlines()
        self.assertIn("pebble", lines[0])
        self.assertEqual(lines[1], "modelled, not measured: grade peano, 1.00 GHz")
        stages = [line.split()[0] for line in lines[4:11]]
        self.assertEqual(stages, ["qkv", "attention", "out", "norm", "up", "down", "norm_next"])
        for kind, count in (("core", 16), ("memtile", 4), ("shim", 4)):
            rows = [line for line in lines if re.match(kind + r" \(\d,\d\) ", line)]
            self.assertEqual(len(rows), count, kind)
        # Three heads: the attention of the fourth column's cores is nobody's, so they compute less.
        shares = [int(line.split(" %")[0].split()[-1]) for line in lines if line.startswith("core (")]
        self.assertTrue(all(0 < share < 100 for share in shares), shares)
        self.assertGreater(shares[0], shares[15])

    def cycles(self, *arguments) -> int:
        done = self.plan(*arguments)
        self.assert_done(done)
        (line,) = [line for line in done.out.splitlines() if line.startswith("all ")]
        return int("".join(re.findall(r"\d+", line.rsplit(maxsplit=1)[0])))

    def milliseconds(self, *arguments) -> float:
        (line,) = [line for line in self.plan(*arguments).out.splitlines() if line.startswith("all ")]
        return float(line.split()[-1])

    def test_grades_clocks_and_precisions_change_what_they_should(self):
        peano = self.cycles()
        self.assertLess(self.cycles("--grade", "chess"), peano)
        self.assertGreater(self.cycles("--grade", "unpipelined"), peano)
        self.assertLess(self.cycles("--precision", "int8"), peano)
        self.assertEqual(self.cycles("--clock", "1.8"), peano)
        self.assertAlmostEqual(self.milliseconds("--clock", "2"), self.milliseconds() / 2, delta=0.011)

    def test_page(self):
        self.assert_done(self.plan("--html", "plan.html"))
        text = (self.folder / "plan.html").read_text()
        page = Page(text)
        self.assertEqual(page.open, [])
        self.assertEqual((page.tags["svg"], page.tiles, page.outside), (1, 24, []))
        self.assertEqual(text.count('class="wire '), 36, "4 + 4 for A, 4 + 4 for B, 16 + 4 for C")
        self.assertIn("modelled</span> Nobody has run this plan", text)
        self.assertNotRegex(text, r"https?://|@import|url\(")
        self.assertEqual(self.names(), ["plan.html", "talk.wav"])

    def test_mlir_and_objects(self):
        self.assert_done(self.plan("--precision", "bf16", "--mlir", "plan.mlir", "--objects", "objects.txt"))
        mlir = (self.folder / "plan.mlir").read_text()
        first, *kernels = (self.folder / "objects.txt").read_text().splitlines()
        self.assertEqual(first, "plan encoder_192x3")
        self.assertGreaterEqual(len(kernels), 12)
        for line in kernels:
            symbol, name = line.split()
            self.assertIn(f'"{symbol}"', mlir)
            sources = list((SOURCE_DIR / "src/compute/kernels").glob("*/" + name.removesuffix(".o") + ".cc"))
            self.assertEqual(len(sources), 1, f"tools/npu_build compiles {name} of one source")
        self.assertEqual(mlir.count('"aie.core"'), 16)

    def test_plans_a_model_that_is_not_here_by_its_sizes(self):
        done = self.plan("-m", "base.en", "--model-dir", self.folder)
        self.assert_done(done)
        self.assertIn("plan encoder_512x6", done.out)
        self.assertEqual([line for line in done.out.splitlines() if line.startswith("all ")],
                         [line for line in self.plan("-m", "random:base").out.splitlines() if line.startswith("all ")])

    def test_says_what_is_wrong(self):
        self.assert_fails(self.run_program("npu"), "npu: expected plan", 2)
        self.assert_fails(self.run_program("npu", "fly"), "npu: expected plan, got 'fly'", 2)
        self.assert_fails(self.plan("--precision", "f32"), "expected precision int8 or bf16, got 'f32'", 2)
        self.assert_fails(self.plan("--grade", "best"), "hand", 2)
        for clock in ("0", "-1", "nan", "11"):
            self.assert_fails(self.plan("--clock", clock), "clock", 2)
        self.assert_fails(self.plan("--html", "none/plan.html"), "none/plan.html: cannot be written", 1)
        self.assert_fails(self.plan("-m", "nonesuch"), "nonesuch", 2)


@unittest.skipIf(has_phoenix(), "this machine has the NPU: nothing is missing")
class NpuDevice(ProgramTest):
    def transcribe_on(self, device: str, plugin=None):
        env = {name: value for name, value in os.environ.items() if name != "TESSERA_NPU_PLUGIN"}
        if plugin is not None:
            env["TESSERA_NPU_PLUGIN"] = str(plugin)
        return self.run_program("talk.wav", "-m", self.model, "--device", device, env=env)

    def test_without_a_plugin_it_says_what_to_install(self):
        done = self.transcribe_on("npu", "/nowhere/plugin.so")
        self.assert_fails(done, "$TESSERA_NPU_PLUGIN names /nowhere/plugin.so, which is not there")
        self.assertEqual(done.out, "")
        if not (pathlib.Path(PROGRAM).parent.parent / "lib/libtessera-npu-xrt.so").exists():
            self.assert_fails(self.transcribe_on("npu"), "the plugin libtessera-npu-xrt.so was not found: install XRT 2.19")

    def test_without_a_device_it_says_so_and_nothing_else_computes(self):
        done = self.transcribe_on("npu", FAKES / "good/libtessera-npu-xrt.so")
        self.assert_fails(done, "this machine has no NPU of the Ryzen 7040 or 8040 series")
        self.assertEqual(done.out, "")

    def test_plugins_of_another_build_are_refused(self):
        self.assert_fails(self.transcribe_on("npu", FAKES / "later/libtessera-npu-xrt.so"), "expected a plugin of version 1, got 99")
        self.assert_fails(self.transcribe_on("npu", FAKES / "none/libtessera-npu-xrt.so"), "is no plugin of ours")

    def test_options_that_make_no_sense(self):
        for options, message in (("speed=9", "expected the options design, xclbin, instructions, timeout and launches"),
                                 ("timeout=0", "expected timeout=MS of 1 to 3600000, got '0'"),
                                 ("launches=all", "launches=single"),
                                 ("xclbin=a", "both xclbin=FILE and instructions=FILE")):
            self.assert_fails(self.transcribe_on("npu:" + options), message, 2)

    def test_info_says_why_not(self):
        done = self.run_program("info")
        self.assert_done(done)
        (line,) = [line for line in done.out.splitlines() if " npu: " in line]
        self.assertIn("npu: not available: ", line)


if __name__ == "__main__":
    unittest.main()

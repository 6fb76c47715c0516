"""tools/npu_build, with programs in the places of AMD's tools that write down what they are asked."""

import hashlib
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE_DIR = pathlib.Path(os.environ["TESSERA_SOURCE_DIR"])
BUILD = SOURCE_DIR / "tools/npu_build"

TESSERA = """#!/bin/bash
echo "tessera $*" >>"$LOG"
while [ $# -gt 0 ]; do
  case $1 in
    --mlir) echo "module {}" >"$2" ;;
    --objects) printf 'plan encoder_64x1\\none matmul_i8_tiles_aie2.o\\ntwo matmul_i8_tiles_aie2.o\\n%s' "${MORE:-}" >"$2" ;;
  esac
  shift
done
"""
# Compilers and the linker make what follows -o of their arguments.
COMPILER = """#!/bin/bash
echo "${0##*/} $*" >>"$LOG"
[ "$1" = --version ] && { echo "clang version 21 (stub)"; exit; }
[ -z "$FAIL" ] || { echo "error: no such instruction"; exit 1; }
while [ $# -gt 0 ]; do if [ "$1" = -o ]; then echo object >"$2"; fi; shift; done
"""
AIECC = """#!/bin/bash
echo "${0##*/} in ${PWD##*/}: $*" >>"$LOG"
ls >>"$LOG"
[ -n "$NOTHING" ] || { echo xclbin2 >design.xclbin; printf 'abcd' >instructions.bin; }
"""


class NpuBuild(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir="."))
        self.log = self.folder.absolute() / "log"
        self.peano = self.folder.absolute() / "peano"
        self.mlir_aie = self.folder.absolute() / "mlir_aie"
        self.tessera = self.add("bin/tessera", TESSERA)
        self.add("peano/bin/clang++", COMPILER)
        self.add("peano/bin/ld.lld", COMPILER)
        self.aiecc = self.add("mlir_aie/bin/aiecc", AIECC)
        self.add("mlir_aie/include/aie_api/aie.hpp", "")

    def add(self, name: str, text: str) -> pathlib.Path:
        path = self.folder.absolute() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def build(self, *arguments, **environment):
        env = {"PATH": os.environ["PATH"], "LOG": str(self.log), "TESSERA": str(self.tessera), "FAIL": "", "NOTHING": "",
               "PEANO_INSTALL_DIR": str(self.peano), "MLIR_AIE_INSTALL_DIR": str(self.mlir_aie), **environment}
        return subprocess.run([BUILD, *arguments], cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=60)

    def calls(self) -> list:
        return self.log.read_text().splitlines()

    def assert_refused(self, done, message: str):
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(message, done.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.startswith("npu-")], [])

    def test_makes_a_folder_with_a_manifest(self):
        done = self.build("--model", "random:tiny", "--precision", "int8")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        design = self.folder / "npu-random_tiny-int8"
        self.assertEqual(sorted(path.name for path in design.iterdir()),
                         ["design.xclbin", "instructions.bin", "manifest.txt", "plan.mlir"])
        manifest = (design / "manifest.txt").read_text().splitlines()
        for line in ("format 1", "plan encoder_64x1", "model random:tiny", "precision int8", "xclbin_bytes 8",
                     "instructions_bytes 4", "plan_bytes 10", "kernel one matmul_i8_tiles_aie2.o",
                     "instructions_sha256 " + hashlib.sha256(b"abcd").hexdigest(), "peano clang version 21 (stub)"):
            self.assertIn(line, manifest)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir() if path.name.startswith("npu-")), [design.name])

    def test_asks_the_tools_for_what_the_chip_wants(self):
        self.build("--model", "base", "--precision", "bf16", "--output", "out")
        calls = self.calls()
        self.assertTrue(calls[0].startswith("tessera npu plan --model base --precision bf16 --mlir "), calls[0])
        compiler = calls[1].split()
        self.assertEqual(compiler[0], "clang++")
        for option in ("--target=aie2-none-unknown-elf", "-std=c++20", "-O2", "-c", f"-I{self.mlir_aie}/include",
                       f"-I{SOURCE_DIR}", f"{SOURCE_DIR}/src/compute/kernels/matmul_i8/matmul_i8_tiles_aie2.cc"):
            self.assertIn(option, compiler)
        self.assertEqual(sum(call.startswith("clang++ -O2") for call in calls), 1, "two kernels of one object")
        self.assertFalse(any(call.startswith("ld.lld") for call in calls), "one object needs no linking")
        (aiecc,) = [call for call in calls if call.startswith("aiecc")]
        self.assertTrue(aiecc.startswith("aiecc in out.work: "), aiecc)
        for option in (f"--peano={self.peano}", "--get-npu-insts", "--npu-insts-name=instructions.bin", "--get-xclbin",
                       "--xclbin-name=design.xclbin", "plan.mlir"):
            self.assertIn(option, aiecc.split())
        self.assertIn("matmul_i8_tiles_aie2.o", calls, "the object lies where aiecc works")

    def test_several_objects_become_the_one_that_the_plan_names(self):
        done = self.build("--model", "base", "--output", "out", MORE="three gelu_bf16_aie2.o\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        (linker,) = [call for call in self.calls() if call.startswith("ld.lld")]
        words = [pathlib.Path(word).name for word in linker.split()]
        self.assertEqual(words, ["ld.lld", "-r", "-o", "encoder_64x1_kernels.o", "gelu_bf16_aie2.o", "matmul_i8_tiles_aie2.o"])
        self.assertIn("encoder_64x1_kernels.o", self.calls())

    def test_the_older_driver_has_other_options(self):
        self.aiecc.rename(self.aiecc.with_name("aiecc.py"))
        self.assertEqual(self.build("--model", "base", "--output", "out").returncode, 0)
        (aiecc,) = [call for call in self.calls() if call.startswith("aiecc")]
        for option in ("--aie-generate-xclbin", "--aie-generate-npu-insts", "--no-xchesscc", "--no-xbridge", "plan.mlir"):
            self.assertIn(option, aiecc.split())

    def test_each_tool_that_is_missing_is_named_in_one_line(self):
        for path, message in (("peano/bin/clang++", "expected Peano (llvm-aie)"),
                              ("mlir_aie/include/aie_api/aie.hpp", "expected mlir-aie with include/aie_api"),
                              ("mlir_aie/bin/aiecc", "expected aiecc or aiecc.py"),
                              ("bin/tessera", "expected the program tessera")):
            with self.subTest(path):
                away = self.folder / path
                away.rename(self.folder / "away")
                self.assert_refused(self.build("--model", "base"), message)
                (self.folder / "away").rename(away)
        self.assert_refused(self.build("--model", "base", PEANO_INSTALL_DIR="/nowhere"), "set PEANO_INSTALL_DIR")
        self.assert_refused(self.build("--model", "base", MORE="three no_such_aie2.o\n"), "no source no_such_aie2.cc")

    def test_a_step_that_fails_is_named_and_leaves_nothing(self):
        done = self.build("--model", "base", FAIL="1")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.splitlines(),
                         ["error: no such instruction", "npu_build: Peano, for matmul_i8_tiles_aie2.cc, failed"])
        self.assert_refused(self.build("--model", "base", NOTHING="1"), "left no design.xclbin")

    def test_refuses_what_makes_no_sense(self):
        self.assertEqual(self.build().returncode, 2)
        self.assertEqual(self.build("--model").returncode, 2)
        self.assert_refused(self.build("--model", "base", "--precision", "f32"), "expected --precision int8 or bf16, got 'f32'")
        (self.folder / "out").mkdir()
        self.assert_refused(self.build("--model", "base", "--output", "out"), "out is there already")


if __name__ == "__main__":
    unittest.main()

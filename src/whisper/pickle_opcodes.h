// The operations of Python's pickle format by name. Source: Python's Lib/pickletools.py.
#pragma once

#include <cstdint>

namespace tessera::whisper {

/// Those that the files of torch.save with weights in them are made of.
enum class PickleOpcode : std::uint8_t {
  mark = '(',
  stop = '.',
  int4 = 'J',
  int1 = 'K',
  int2 = 'M',
  persistent_id = 'Q',
  call = 'R',
  unicode = 'X',
  build = 'b',
  global = 'c',
  get1 = 'h',
  get4 = 'j',
  put1 = 'q',
  put4 = 'r',
  set_item = 's',
  tuple = 't',
  set_items = 'u',
  empty_dictionary = '}',
  empty_tuple = ')',
  protocol = 0x80,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  new_true = 0x88,
  new_false = 0x89,
};

struct PickleOpcodeName {
  std::uint8_t code;
  const char* name;
};

/// The others, to say what was found.
inline constexpr PickleOpcodeName kOtherPickleOpcodes[] = {
    {'0', "POP"},
    {'1', "POP_MARK"},
    {'2', "DUP"},
    {'F', "FLOAT"},
    {'I', "INT"},
    {'L', "LONG"},
    {'N', "NONE"},
    {'P', "PERSID"},
    {'S', "STRING"},
    {'T', "BINSTRING"},
    {'U', "SHORT_BINSTRING"},
    {'V', "UNICODE"},
    {'a', "APPEND"},
    {'d', "DICT"},
    {'e', "APPENDS"},
    {'g', "GET"},
    {'i', "INST"},
    {'l', "LIST"},
    {'o', "OBJ"},
    {'p', "PUT"},
    {'G', "BINFLOAT"},
    {']', "EMPTY_LIST"},
    {0x81, "NEWOBJ"},
    {0x82, "EXT1"},
    {0x83, "EXT2"},
    {0x84, "EXT4"},
    {0x8a, "LONG1"},
    {0x8b, "LONG4"},
    {0x8c, "SHORT_BINUNICODE"},
    {0x8d, "BINUNICODE8"},
    {0x8e, "BINBYTES8"},
    {0x8f, "EMPTY_SET"},
    {0x90, "ADDITEMS"},
    {0x91, "FROZENSET"},
    {0x92, "NEWOBJ_EX"},
    {0x93, "STACK_GLOBAL"},
    {0x94, "MEMOIZE"},
    {0x95, "FRAME"},
    {0x96, "BYTEARRAY8"},
    {0x97, "NEXT_BUFFER"},
    {0x98, "READONLY_BUFFER"},
    {'B', "BINBYTES"},
    {'C', "SHORT_BINBYTES"},
};

}  // namespace tessera::whisper
